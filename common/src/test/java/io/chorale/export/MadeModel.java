package io.chorale.export;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.chorale.checkpoint.CheckpointChoice;
import io.chorale.checkpoint.CheckpointFile;
import io.chorale.checkpoint.CheckpointManifest;
import io.chorale.checkpoint.RunDirectory;
import io.chorale.checkpoint.TrainedModel;
import io.chorale.config.Settings;
import io.chorale.config.SettingsFile;
import io.chorale.config.TaskSettings.Kind;
import io.chorale.data.Column;
import io.chorale.data.Dataset;
import io.chorale.data.Facts;
import io.chorale.data.Schema;
import io.chorale.io.ArrayContent;
import io.chorale.io.FloatVector;
import io.chorale.io.Storage;
import io.chorale.model.ParameterLayout;
import io.chorale.random.SplitMix64;
import io.chorale.registry.Version;
import io.chorale.task.Task;
import io.chorale.token.PreTokenizer;
import io.chorale.token.Tokenizers;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.apache.hadoop.fs.Path;

/** Makes versions of models of any task, with parameters that no training has changed. */
final class MadeModel {
  static final List<String> LABELS = List.of("bad", "good", "naïve: \"so, so\"");
  static final List<String> TEXTS =
      List.of(
          "the cat sat on the mat, and that was that",
          "  Ünïcode's 北京 cafés cost 100 000 €\tor more\n\nthey'll say 𝔘",
          "a",
          "the mat sat and the cat sat and the dog's bowl sat on and on and on, it's a long text",
          "unknown wörds: zzz qqq <|endoftext|> <unk>",
          "\u001fodd\u00a0blanks\u2003here \u0085");

  private static final String DATASET = "d".repeat(64);

  private MadeModel() {}

  static Settings settings(String... overrides) {
    List<String> all =
        new ArrayList<>(
            List.of(
                "model.layers=2",
                "model.width=12",
                "attention.heads=2",
                "train.context=24",
                "generate.tokens=40"));
    all.addAll(List.of(overrides));
    return SettingsFile.with(SettingsFile.defaults(), all);
  }

  /** A tokenizer of the kind that settings name, trained on the texts. */
  static byte[] tokenizer(Settings settings) {
    Map<String, Long> counts = new TreeMap<>();
    PreTokenizer cutter = PreTokenizer.of(settings.tokenizer());
    TEXTS
        .subList(0, 4)
        .forEach(text -> cutter.split(text, piece -> counts.merge(piece, 1L, Long::sum)));
    return Tokenizers.train(settings.tokenizer(), counts);
  }

  /** The tokenizers of a model that reads or writes texts, by their files. */
  static Map<String, byte[]> tokenizers(Settings settings) {
    Map<String, byte[]> files = new TreeMap<>(Map.of(Dataset.TOKENIZER, tokenizer(settings)));
    if (settings.tokenizer().separate()) {
      Settings own =
          SettingsFile.with(settings, "tokenizer.kind=characters", "tokenizer.vocabulary=30");
      files.put(Dataset.TARGET_TOKENIZER, tokenizer(own));
    }
    return files;
  }

  private static int entries(byte[] tokenizer) {
    return Tokenizers.load(tokenizer, "made").vocabularySize();
  }

  static Schema schema(Settings settings, Map<String, byte[]> tokenizers) {
    List<Column> columns = new ArrayList<>();
    Map<String, Facts> facts = new TreeMap<>();
    byte[] tokenizer = tokenizers.get(Dataset.TOKENIZER);
    if (tokenizer != null) {
      columns.add(Column.ids(Column.TEXT, entries(tokenizer)));
      facts.put(Column.TEXT, Facts.tokenizer(Tokenizers.fingerprint(tokenizer)));
    }
    if (settings.task().kind() == Kind.FROM_VECTOR) {
      int entries = columns.remove(0).size();
      columns.add(Column.vector(Column.VECTOR, 2));
      facts.put(Column.VECTOR, Facts.scale(List.of(3.0, -1.5), List.of(2.0, 0.25)));
      columns.add(Column.ids(Column.TARGET, entries));
      facts.put(Column.TARGET, facts.remove(Column.TEXT));
    } else if (tokenizer == null) {
      columns.add(Column.series(Column.SERIES, 2));
      facts.put(Column.SERIES, Facts.scale(List.of(3.0, -1.5), List.of(2.0, 0.25)));
    }
    switch (settings.task().kind()) {
      case CLASSIFICATION -> {
        columns.add(Column.label(Column.LABEL, LABELS.size()));
        facts.put(Column.LABEL, Facts.labels(LABELS));
      }
      case TAGGING -> {
        columns.add(Column.ids(Column.TAGS, LABELS.size()));
        facts.put(Column.TAGS, Facts.labels(LABELS));
      }
      case REGRESSION -> {
        columns.add(Column.number(Column.LABEL));
        facts.put(Column.LABEL, Facts.scale(List.of(100.0), List.of(10.0)));
      }
      case TRANSLATION -> {
        byte[] target = tokenizers.getOrDefault(Dataset.TARGET_TOKENIZER, tokenizer);
        columns.add(Column.ids(Column.TARGET, entries(target)));
        facts.put(Column.TARGET, Facts.tokenizer(Tokenizers.fingerprint(target)));
      }
      default -> {}
    }
    return new Schema(columns, facts);
  }

  /** The schema of conversations, of which the answers are learned. */
  static Schema answering(Schema schema) {
    List<Column> columns = new ArrayList<>(schema.columns());
    columns.add(Column.ids(Column.ANSWER, 2));
    return new Schema(columns, Map.of(Column.TEXT, schema.facts(Column.TEXT)));
  }

  /** The model of a run, as a version of that name would have it. */
  static ExportedModel of(
      Storage storage, Path path, Settings given, Schema schema, Map<String, byte[]> tokenizers) {
    return of(storage, given, run(storage, path, given, schema, tokenizers));
  }

  /** The model of that run. */
  static ExportedModel of(Storage storage, Settings given, RunDirectory run) {
    Path path = run.path();
    Settings settings = SettingsFile.with(given, "run.path=" + path);
    Version version =
        new Version(
            path.getName(),
            1,
            "2026-01-02T03:04:05.678Z",
            "somebody@somewhere",
            0,
            new Version.Origin(path.toString(), 1),
            SettingsFile.value(settings, "task.kind"),
            new TreeMap<>(Map.of("dataset", DATASET)),
            new Version.Measured("validation", "loss", false, new TreeMap<>(Map.of("loss", 0.5))),
            new TreeMap<>(),
            List.of());
    TrainedModel trained = TrainedModel.open(storage, settings, new CheckpointChoice("last"));
    return new ExportedModel(run, trained, Optional.of(version));
  }

  /** A run with one round. */
  static RunDirectory run(
      Storage storage, Path path, Settings given, Schema schema, Map<String, byte[]> tokenizers) {
    ParameterLayout layout = Task.of(given, schema, "a made model").layout();
    FloatVector parameters = parameters(path.getName(), layout);
    return run(storage, path, given, schema, tokenizers, parameters);
  }

  /** As {@link #run(Storage, Path, Settings, Schema, Map)}, with those parameters. */
  static RunDirectory run(
      Storage storage,
      Path path,
      Settings given,
      Schema schema,
      Map<String, byte[]> files,
      FloatVector parameters) {
    return run(storage, path, given, schema, files, parameters, Map.of());
  }

  /** As {@link #run(Storage, Path, Settings, Schema, Map, FloatVector)}, with more provenance. */
  static RunDirectory run(
      Storage storage,
      Path path,
      Settings given,
      Schema schema,
      Map<String, byte[]> files,
      FloatVector parameters,
      Map<String, String> facts) {
    Settings settings = SettingsFile.with(given, "run.path=" + path);
    RunDirectory run = new RunDirectory(storage, path);
    run.begin(settings, schema, files);
    ParameterLayout layout = Task.of(settings, schema, "a made model").layout();
    Map<String, String> provenance = new TreeMap<>(Map.of("dataset", DATASET));
    provenance.putAll(facts);
    schema
        .tokenizers()
        .forEach((file, sha256) -> provenance.put(file.replace(".json", ""), sha256));
    List<CheckpointFile> parts =
        new ArrayList<>(run.checkpoints().save(1, layout, parameters, Map.of()));
    parts.add(
        CheckpointFile.write(
            storage,
            run.checkpoints().path(1),
            CheckpointFile.worker(0),
            "chorale-worker-1",
            ArrayContent.of(Map.of("average.residual", new FloatVector(3)))));
    ObjectNode metrics = JsonNodeFactory.instance.objectNode();
    metrics.put("round", 1).put("validation_loss", 0.5).put("validation_split", "validation");
    metrics.putObject("validation").put("loss", 0.5);
    run.checkpoints().commit(new CheckpointManifest(1, 4, 64, 1, parts, provenance, metrics));
    run.writeMetrics(List.of(metrics.toString()));
    return run;
  }

  private static FloatVector parameters(String name, ParameterLayout layout) {
    FloatVector parameters = new FloatVector(layout.size());
    SplitMix64 random = new SplitMix64(new java.math.BigInteger(name.getBytes(UTF_8)).longValue());
    for (long i = 0; i < layout.size(); i++) {
      parameters.set(i, (float) (1.2 * random.nextDouble() - 0.5));
    }
    // Texts of those that can be made to shall end now and then: 0 is the id that ends one.
    layout.entries().stream()
        .filter(entry -> entry.name().equals("head.bias") && entry.shape()[0] > LABELS.size())
        .forEach(entry -> parameters.set(entry.offset(), 3));
    return parameters;
  }
}
