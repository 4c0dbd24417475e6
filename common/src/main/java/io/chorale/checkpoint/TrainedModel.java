package io.chorale.checkpoint;

import io.chorale.config.Settings;
import io.chorale.config.SettingsException;
import io.chorale.config.SettingsFile;
import io.chorale.data.Schema;
import io.chorale.io.FloatVector;
import io.chorale.io.Storage;
import io.chorale.task.Task;
import io.chorale.token.Tokenizer;
import io.chorale.token.Tokenizers;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * The model of one of a run's checkpoints.
 *
 * @param settings what was asked for, with the model and the training of the run, but for the
 *     device
 * @param checkpoint where the parameters come from
 * @param schema of the dataset it was trained on
 * @param tokenizer of its text; empty where it was trained on none
 */
public record TrainedModel(
    Settings settings,
    CheckpointManifest checkpoint,
    Schema schema,
    FloatVector parameters,
    Optional<Tokenizer> tokenizer) {

  /**
   * Opens {@code run.path}.
   *
   * @param given the command's settings; what the run decided itself is taken from the run
   * @throws SettingsException where there is no run, or not that checkpoint in it
   */
  public static TrainedModel open(Storage storage, Settings given, CheckpointChoice choice) {
    RunDirectory run = new RunDirectory(storage, Storage.path("run.path", given.run().path()));
    Settings stored = run.settings();
    CheckpointManifest checkpoint = choice.of(run);
    Optional<String> fingerprint =
        Optional.ofNullable(checkpoint.provenance().get(Provenance.TOKENIZER));
    Optional<Tokenizer> tokenizer = fingerprint.map(expected -> tokenizer(run, expected));
    Schema schema =
        run.schema()
            .orElseGet(
                () -> Schema.text(tokenizer.orElseThrow().vocabularySize(), fingerprint.get()));
    Task task = Task.of(stored, schema, "run " + run.path());
    FloatVector parameters = run.checkpoints().parameters(checkpoint, task.layout());
    Set<String> sections = new TreeSet<>(Settings.SHAPING);
    if (given.data().path().isEmpty()) {
      sections.add("data");
    }
    // Where to compute says nothing about the model, and may be another machine's matter now.
    Settings settings =
        SettingsFile.with(
            SettingsFile.with(given, stored, sections),
            "train.device=" + SettingsFile.value(given, "train.device"));
    return new TrainedModel(settings, checkpoint, schema, parameters, tokenizer);
  }

  private static Tokenizer tokenizer(RunDirectory run, String expected) {
    byte[] json = run.tokenizer();
    String found = Tokenizers.fingerprint(json);
    if (!found.equals(expected)) {
      throw new SettingsException(
          ("Cannot open run %s: its tokenizer.json has the fingerprint %s, expected %s as in its"
                  + " checkpoints. Restore it from the dataset.")
              .formatted(run.path(), found, expected));
    }
    return Tokenizers.load(json, run.path() + "/tokenizer.json");
  }

  /** The task that the model was trained on. */
  public Task task() {
    return Task.of(settings, schema, "run " + settings.run().path());
  }
}
