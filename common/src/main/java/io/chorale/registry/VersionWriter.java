package io.chorale.registry;

import com.fasterxml.jackson.databind.JsonNode;
import io.chorale.checkpoint.BaseFile;
import io.chorale.checkpoint.CheckpointChoice;
import io.chorale.checkpoint.CheckpointFile;
import io.chorale.checkpoint.CheckpointManifest;
import io.chorale.checkpoint.CheckpointStore;
import io.chorale.checkpoint.Provenance;
import io.chorale.checkpoint.RoundMetrics;
import io.chorale.checkpoint.RunDirectory;
import io.chorale.checkpoint.SourceFolder;
import io.chorale.checkpoint.TrainedModel;
import io.chorale.config.Settings;
import io.chorale.config.SettingsFile;
import io.chorale.config.TaskSettings.Kind;
import io.chorale.data.Dataset;
import io.chorale.data.SchemaFile;
import io.chorale.embed.FoundEmbeddings;
import io.chorale.embed.SkipGramObjective;
import io.chorale.embed.TrainedVectors;
import io.chorale.embed.WordCounts;
import io.chorale.io.Storage;
import io.chorale.task.Task;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apache.hadoop.fs.Path;

/**
 * Writes the directory of a version: that of a run with one checkpoint, of which only the model is
 * there. So everything that reads a run reads a version.
 */
final class VersionWriter {
  /** Files of a run that a model cannot be opened without, where the run has them. */
  private static final List<String> SMALL =
      List.of(
          SchemaFile.NAME,
          Dataset.TOKENIZER,
          Dataset.TARGET_TOKENIZER,
          WordCounts.FILE,
          FoundEmbeddings.FILE);

  private final Storage storage;
  private final RunDirectory run;
  private final CheckpointManifest checkpoint;
  private final Settings settings;
  private final Path to;

  /** Known when the model has been opened. */
  private Task.Goal goal;

  /**
   * @param to the directory of the version
   */
  VersionWriter(Storage storage, RunDirectory run, CheckpointManifest checkpoint, Path to) {
    this.storage = storage;
    this.run = run;
    this.checkpoint = checkpoint;
    this.settings = run.settings();
    this.to = to;
  }

  /** Copies the files, and opens the model that they are. */
  List<VersionFile> copy() {
    List<VersionFile> files = new ArrayList<>();
    files.add(
        VersionFile.write(storage, to, RunDirectory.SETTINGS, run.file(RunDirectory.SETTINGS)));
    List<String> small = new ArrayList<>(SMALL);
    SourceFolder.FILES.forEach(name -> small.add(SourceFolder.inRun(name)));
    for (String name : small) {
      run.find(name).ifPresent(bytes -> files.add(VersionFile.write(storage, to, name, bytes)));
    }
    List<String> rounds = RoundMetrics.before(checkpoint.round(), run.metrics());
    StringBuilder lines = new StringBuilder();
    rounds.forEach(line -> lines.append(line).append('\n'));
    lines.append(checkpoint.metrics()).append('\n');
    files.add(
        VersionFile.write(
            storage, to, RunDirectory.METRICS, lines.toString().getBytes(StandardCharsets.UTF_8)));
    Path from = run.checkpoints().path(checkpoint.round());
    String model = checkpoint.parts().get(CheckpointFile.MODEL).name();
    for (String name : List.of(model, CheckpointStore.MANIFEST)) {
      String inside = "checkpoints/%s/%s".formatted(from.getName(), name);
      files.add(VersionFile.copy(storage, new Path(from, name), to, inside));
    }
    if (settings.lora().given()) {
      String base = BaseFile.of(storage, run.path(), checkpoint).name();
      files.add(VersionFile.copy(storage, new Path(run.path(), base), to, base));
    }
    goal = open();
    return files;
  }

  /** What is copied is a model only if it can be opened where it lies now. */
  private Task.Goal open() {
    CheckpointChoice round = new CheckpointChoice(Long.toString(checkpoint.round()));
    if (settings.task().kind() == Kind.WORD_VECTORS) {
      int words = TrainedVectors.open(storage, to, round).vectors().words().size();
      return new SkipGramObjective(settings, words).goal();
    }
    Settings here = SettingsFile.with(settings, "run.path=" + to);
    return TrainedModel.open(storage, here, round).task().goal();
  }

  /** What is known of the version, but for its files; after {@link #copy}. */
  Version facts(String model, long number, String created, String by, long parent) {
    SortedMap<String, String> datasets = new TreeMap<>();
    checkpoint
        .provenance()
        .forEach(
            (name, value) -> {
              if (Provenance.isDataset(name)) {
                datasets.put(name, value);
              }
            });
    return new Version(
        model,
        number,
        created,
        by,
        parent,
        new Version.Origin(run.path().toString(), checkpoint.round()),
        SettingsFile.value(settings, "task.kind"),
        datasets,
        measured(),
        new TreeMap<>(checkpoint.provenance()),
        List.of());
  }

  private Version.Measured measured() {
    JsonNode metrics = checkpoint.metrics();
    SortedMap<String, Double> values = new TreeMap<>();
    for (var measure : metrics.path("validation").properties()) {
      // JSON has no number for one that is not finite.
      if (measure.getValue().isNumber() && Double.isFinite(measure.getValue().asDouble())) {
        values.put(measure.getKey(), measure.getValue().asDouble());
      }
    }
    String split = values.isEmpty() ? "" : metrics.path("validation_split").asText("");
    return new Version.Measured(split, goal.measure(), goal.higher(), values);
  }

  /** The settings that are not the defaults, by key. */
  SortedMap<String, String> changed() {
    return changed(settings);
  }

  static SortedMap<String, String> changed(Settings settings) {
    SortedMap<String, String> changed = new TreeMap<>();
    Settings defaults = SettingsFile.defaults();
    for (String key : SettingsFile.keys()) {
      String value = SettingsFile.value(settings, key);
      if (!value.equals(SettingsFile.value(defaults, key)) && SettingsFile.reads(settings, key)) {
        changed.put(key, value);
      }
    }
    return changed;
  }
}
