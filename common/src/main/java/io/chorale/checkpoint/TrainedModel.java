package io.chorale.checkpoint;

import io.chorale.config.Settings;
import io.chorale.config.SettingsException;
import io.chorale.config.SettingsFile;
import io.chorale.config.TrainSettings;
import io.chorale.data.Column;
import io.chorale.data.Dataset;
import io.chorale.data.Schema;
import io.chorale.io.FloatVector;
import io.chorale.io.Storage;
import io.chorale.model.ParameterLayout;
import io.chorale.task.LanguageModel;
import io.chorale.task.Task;
import io.chorale.token.Tokenizer;
import io.chorale.token.Tokenizers;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * The model of one of a run's checkpoints; where the run has trained adapters, these are merged
 * into the model that they belong to.
 *
 * @param settings what was asked for, with the model and the training of the run, but for the
 *     device
 * @param checkpoint where the parameters come from
 * @param schema of the dataset it was trained on
 * @param tokenizers by the names of their files; none where it was trained on no text
 * @param adapters that are merged into the parameters
 */
public record TrainedModel(
    Settings settings,
    CheckpointManifest checkpoint,
    Schema schema,
    FloatVector parameters,
    Map<String, Tokenizer> tokenizers,
    Optional<TrainedAdapters> adapters) {

  /**
   * Opens {@code run.path}.
   *
   * @param given the command's settings; what the run decided itself is taken from the run
   * @throws SettingsException where there is no run, or not that checkpoint in it
   */
  public static TrainedModel open(Storage storage, Settings given, CheckpointChoice choice) {
    RunDirectory run = new RunDirectory(storage, Storage.path("run.path", given.run().path()));
    Settings trained = run.settings();
    Settings stored = unadapted(trained);
    CheckpointManifest checkpoint = choice.of(run);
    Map<String, Tokenizer> tokenizers = new TreeMap<>();
    for (String file : List.of(Dataset.TOKENIZER, Dataset.TARGET_TOKENIZER)) {
      tokenizer(run, checkpoint, file).ifPresent(found -> tokenizers.put(file, found));
    }
    Schema schema =
        run.schema()
            .orElseGet(
                () ->
                    Schema.text(
                        tokenizers.get(Dataset.TOKENIZER).vocabularySize(),
                        fingerprint(checkpoint, Dataset.TOKENIZER).orElseThrow()));
    Task task = Task.of(trained, schema, "run " + run.path());
    FloatVector parameters = run.checkpoints().parameters(checkpoint, task.layout());
    Optional<TrainedAdapters> adapters = Optional.empty();
    if (trained.lora().given()) {
      BaseFile base = BaseFile.of(storage, run.path(), checkpoint);
      ParameterLayout whole = Task.of(stored, schema, "run " + run.path()).layout();
      adapters = Optional.of(TrainedAdapters.of(trained.lora(), task, parameters, base));
      parameters = base.read(whole);
      adapters.get().merge(parameters, whole);
    }
    Set<String> sections = new TreeSet<>(Settings.SHAPING);
    if (given.data().path().isEmpty()) {
      sections.add("data");
    }
    // Where to compute says nothing about the model, and may be another machine's matter now.
    Settings settings =
        SettingsFile.with(
            SettingsFile.with(given, stored, sections),
            "train.device=" + SettingsFile.value(given, "train.device"),
            "train.products=" + SettingsFile.value(byWhom(given, stored), "train.products"));
    return new TrainedModel(settings, checkpoint, schema, parameters, tokenizers, adapters);
  }

  /** The settings of the model itself, without adapters. */
  public static Settings unadapted(Settings settings) {
    return settings.lora().given()
        ? SettingsFile.with(settings, SettingsFile.defaults(), Set.of("lora"))
        : settings;
  }

  /** Whose products are computed by: those of the run, unless others are asked for or needed. */
  private static Settings byWhom(Settings given, Settings stored) {
    boolean elsewhere =
        given.train().device() != TrainSettings.Device.CPU
            && stored.train().products() == TrainSettings.Products.ONEDNN;
    return elsewhere || given.train().products() != TrainSettings.Products.AUTO ? given : stored;
  }

  private static Optional<String> fingerprint(CheckpointManifest checkpoint, String file) {
    return Optional.ofNullable(checkpoint.provenance().get(Provenance.tokenizer(file)));
  }

  /**
   * The tokenizer of a run's checkpoint, where it was trained with one of that file name.
   *
   * @throws SettingsException where the file is another one now
   */
  public static Optional<Tokenizer> tokenizer(
      RunDirectory run, CheckpointManifest checkpoint, String file) {
    return fingerprint(checkpoint, file).map(expected -> tokenizer(run, file, expected));
  }

  private static Tokenizer tokenizer(RunDirectory run, String file, String expected) {
    byte[] json = run.file(file);
    String found = Tokenizers.fingerprint(json);
    if (!found.equals(expected)) {
      throw new SettingsException(
          ("Cannot open run %s: its %s has the fingerprint %s, expected %s as in its"
                  + " checkpoints. Restore it from the dataset.")
              .formatted(run.path(), file, found, expected));
    }
    return Tokenizers.load(json, run.path() + "/" + file);
  }

  /** The tokenizer of a column, where it is text. */
  public Optional<Tokenizer> tokenizer(String column) {
    return schema.tokenizer(column).map(tokenizers::get);
  }

  /** The ids that stand before a text that the model goes on from; mostly none. */
  public int[] begin() {
    return task() instanceof LanguageModel written
        ? tokenizer(Column.TEXT).map(written::begin).orElseGet(() -> new int[0])
        : new int[0];
  }

  /** The task that the model was trained on. */
  public Task task() {
    return Task.of(settings, schema, "run " + settings.run().path());
  }
}
