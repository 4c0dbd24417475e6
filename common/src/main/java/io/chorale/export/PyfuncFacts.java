package io.chorale.export;

import static com.fasterxml.jackson.databind.node.JsonNodeFactory.instance;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.chorale.config.AttentionHeads;
import io.chorale.config.AttentionSettings.Positions;
import io.chorale.config.GenerateSettings;
import io.chorale.config.Settings;
import io.chorale.config.TaskSettings;
import io.chorale.config.TaskSettings.Kind;
import io.chorale.data.Column;
import io.chorale.data.Facts;
import io.chorale.data.Schema;
import io.chorale.task.LanguageModel;
import io.chorale.task.Output;
import io.chorale.task.Task;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * Says what the Python code that is exported beside a model must know of it, as {@code
 * data/model.json}: named settings alone, and none that the code does not read.
 */
final class PyfuncFacts {
  /** Raised where the code reads another form of it. */
  private static final int VERSION = 3;

  /** The tasks whose predictions the code makes. */
  private static final Set<Kind> TASKS =
      EnumSet.of(
          Kind.LANGUAGE_MODEL,
          Kind.MASKED_LANGUAGE_MODEL,
          Kind.CLASSIFICATION,
          Kind.TAGGING,
          Kind.REGRESSION,
          Kind.CONTRASTIVE,
          Kind.TRANSLATION,
          Kind.FROM_VECTOR);

  private final Settings settings;
  private final Schema schema;
  private final Task task;
  private final PyfuncInput input;

  private PyfuncFacts(ExportedModel model) {
    this.settings = model.trained().settings();
    this.schema = model.trained().schema();
    this.task = model.trained().task();
    this.input =
        new PyfuncInput(settings.corpus(), schema, task, new PyfuncTokenizers(model, task));
  }

  /** Whether there is code for the task of a model. */
  static boolean knows(ExportedModel model) {
    return TASKS.contains(model.trained().settings().task().kind());
  }

  /**
   * Reads off a model what the code needs.
   *
   * @throws io.chorale.config.SettingsException where the code cannot predict with such a model
   */
  static PyfuncFacts of(ExportedModel model) {
    return new PyfuncFacts(model);
  }

  /** The column that rows are read from. */
  PyfuncInput input() {
    return input;
  }

  /** The tokenizers of the texts that are read and written. */
  PyfuncTokenizers tokenizers() {
    return input.tokenizers();
  }

  /** The outputs of a prediction. */
  List<Output> outputs() {
    return task.outputs();
  }

  /** The file. */
  byte[] toBytes() {
    ObjectNode root = instance.objectNode();
    root.put("format", "chorale-pyfunc").put("version", VERSION);
    root.put("task", key(settings.task().kind()));
    root.set("input", input.facts());
    ArrayNode outputs = root.putArray("outputs");
    outputs().forEach(output -> outputs.add(output.name()));
    root.put("context", settings.train().context());
    root.put("causal", causal());
    root.set("model", backbone());
    switch (settings.task().kind()) {
      case LANGUAGE_MODEL -> root.set("generate", drawing());
      case TRANSLATION, FROM_VECTOR -> {
        root.set("generate", searching());
        root.set("writes", tokenizers().facts(Column.TARGET));
      }
      case MASKED_LANGUAGE_MODEL -> root.put("mask", schema.column(Column.TEXT).size());
      case CLASSIFICATION -> {
        pooling(root, settings.task().pooling());
        labels(root, Column.LABEL);
      }
      case TAGGING -> labels(root, Column.TAGS);
      case REGRESSION -> {
        pooling(root, settings.task().pooling());
        Facts label = schema.facts(Column.LABEL);
        root.put("mean", label.mean().isEmpty() ? 0 : label.mean().get(0));
        root.put("deviation", label.deviation().isEmpty() ? 1 : label.deviation().get(0));
      }
      case CONTRASTIVE -> pooling(root, TaskSettings.Pooling.MEAN);
      default -> throw new IllegalStateException("no such task is exported");
    }
    return PrettyJson.bytes(root);
  }

  private boolean causal() {
    return switch (settings.task().kind()) {
      case LANGUAGE_MODEL, TRANSLATION, FROM_VECTOR -> true;
      case MASKED_LANGUAGE_MODEL, CONTRASTIVE -> false;
      default -> settings.task().direction() == TaskSettings.Direction.CAUSAL;
    };
  }

  private ObjectNode backbone() {
    ObjectNode backbone = instance.objectNode();
    backbone.put("kind", key(settings.model().kind()));
    backbone.put("layers", settings.model().layers()).put("width", settings.model().width());
    if (settings.model().recurrent()) {
      backbone.put("nonlinearity", key(settings.recurrence().nonlinearity()));
      return backbone.put("layer-norm", settings.recurrence().layerNorm());
    }
    AttentionHeads heads = settings.attention().heads(settings.model().width());
    backbone.put("heads", heads.count()).put("shared", heads.shared()).put("size", heads.size());
    backbone.put("epsilon", settings.attention().normEpsilon());
    if (settings.attention().positions() == Positions.ROTARY) {
      ArrayNode wavelengths = backbone.putArray("wavelengths");
      for (int unit = 0; unit < heads.size(); unit += 2) {
        double wavelength =
            StrictMath.pow(settings.attention().rotaryBase(), (double) unit / heads.size());
        wavelengths.add(settings.attention().scaling().scaled(wavelength));
      }
    }
    backbone.put("positions", key(settings.attention().positions()));
    backbone.put("norm", key(settings.attention().norm()));
    return backbone.put("activation", key(settings.attention().activation()));
  }

  private ObjectNode drawing() {
    GenerateSettings generate = settings.generate();
    ObjectNode node = instance.objectNode();
    node.put("tokens", generate.tokens()).put("temperature", generate.temperature());
    node.put("top-k", generate.topK()).put("top-p", generate.topP());
    LanguageModel written = (LanguageModel) task;
    written.ends(tokenizers().of(Column.TEXT)).forEach(node.putArray("ends")::add);
    return node.put("seed", generate.seed()).put("stop", generate.stop());
  }

  private ObjectNode searching() {
    GenerateSettings generate = settings.generate();
    ObjectNode node = instance.objectNode().put("tokens", generate.tokens());
    return node.put("beam", generate.beam()).put("length-penalty", generate.lengthPenalty());
  }

  private static void pooling(ObjectNode root, TaskSettings.Pooling pooling) {
    root.put("pooling", key(pooling));
  }

  private void labels(ObjectNode root, String column) {
    List<String> labels = schema.facts(column).labels();
    ArrayNode array = root.putArray("labels");
    IntStream.range(0, schema.column(column).size())
        .mapToObj(label -> labels.isEmpty() ? String.valueOf(label) : labels.get(label))
        .forEach(array::add);
  }

  private static String key(Enum<?> value) {
    return value.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
