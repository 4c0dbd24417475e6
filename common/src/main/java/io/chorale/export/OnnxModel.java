package io.chorale.export;

import io.chorale.config.ModelSettings.Kind;
import io.chorale.config.Settings;
import io.chorale.config.SettingsException;
import io.chorale.config.SettingsFile;
import io.chorale.config.TaskSettings;
import io.chorale.config.TaskSettings.Direction;
import io.chorale.data.Column;
import io.chorale.data.Facts;
import io.chorale.data.Schema;
import io.chorale.export.ExportOptions.Operators;
import io.chorale.io.Storage;
import io.chorale.model.ParameterLayout.Entry;
import io.chorale.token.Tokenizer;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.Path;

/**
 * Writes a model as an ONNX file: from ids, or the steps of series, to the scores of the task. The
 * states of a recurrent language model are inputs and outputs; with operators of set 23, so are the
 * keys and values of a transformer that has read before. Parameters of more than about two
 * gigabytes, or {@link ExportOptions#shardBytes}, lie in a file beside it.
 */
final class OnnxModel {
  /** The most bytes of parameters within a message of protocol buffers, beside all else. */
  private static final long LARGEST = (1L << 31) - (1L << 26);

  private static final String DATA = ".data";
  private static final String BATCH = "batch";
  private static final String TIME = "time";

  private final Operators operators;
  private final ExportedModel model;
  private final Settings settings;
  private final Schema schema;
  private final ModelFacts facts;
  private final OnnxGraph graph;
  private OnnxRows rows;

  private OnnxModel(ExportedModel model, Operators operators) {
    this.operators = operators;
    this.model = model;
    this.settings = model.trained().settings();
    this.schema = model.trained().schema();
    check();
    this.facts =
        new ModelFacts(
            settings,
            model.trained().task().layout(),
            schema.find(Column.TEXT).map(Column::size).orElse(0),
            model.trained().tokenizer(Column.TEXT).map(Tokenizer::endOfText));
    this.graph = new OnnxGraph(model.trained().parameters());
  }

  private void check() {
    switch (settings.task().kind()) {
      case LANGUAGE_MODEL, MASKED_LANGUAGE_MODEL, CLASSIFICATION, TAGGING, REGRESSION -> {}
      default ->
          throw refused(
              "task.kind",
              "language-model, masked-language-model, classification, tagging or regression",
              "Its predictions are made by the command predict.");
    }
    if (settings.model().recurrent() && settings.recurrence().layerNorm()) {
      throw refused(
          "recurrence.layer-norm",
          "false, as the operators have no norms",
          "Its predictions are made by the command predict.");
    }
  }

  private SettingsException refused(String key, String expected, String advice) {
    return model.refused(
        ExportFormat.ONNX,
        "its %s is %s".formatted(key, SettingsFile.value(settings, key)),
        expected,
        advice);
  }

  /** As {@link ExportFormat#write}. */
  static void write(Storage storage, Path output, ExportOptions options, ExportedModel model) {
    if (options.type() != NumberType.FLOAT32) {
      throw model.refused(
          ExportFormat.ONNX,
          "--type is " + options.type().key(),
          NumberType.FLOAT32.key(),
          "Leave --type out.");
    }
    OnnxModel written = new OnnxModel(model, options.operators());
    ExportedModel.checkNew(storage, output, options);
    written.build();
    String external = "";
    if (written.graph.weightBytes() > Math.min(LARGEST, options.shardBytes())) {
      // Named after the parameters: an earlier graph goes on reading its own.
      external = "%s.%s%s".formatted(output.getName(), model.checksum(), DATA);
      storage.publish(new Path(output.getParent(), external), written.graph.weights());
    }
    Protobuf message = written.message(external);
    storage.publish(output, message::writeTo);
    deleteOthers(storage, output, external);
  }

  /** Deletes the parameters of graphs that were there before. */
  private static void deleteOthers(Storage storage, Path output, String kept) {
    Pattern ours = Pattern.compile(Pattern.quote(output.getName()) + "\\.[0-9a-f]{8}\\" + DATA);
    storage.list(output.getParent()).stream()
        .map(FileStatus::getPath)
        .filter(found -> ours.matcher(found.getName()).matches() && !found.getName().equals(kept))
        .forEach(storage::deleteRecursively);
  }

  private Protobuf message(String external) {
    Protobuf message =
        new Protobuf()
            .put(1, operators.form())
            .put(2, "chorale")
            .put(7, graph.message(settings.task().kind().name().toLowerCase(Locale.ROOT), external))
            .put(8, new Protobuf().put(1, "").put(2, operators.number()));
    message.put(14, OnnxGraph.pair("task", SettingsFile.value(settings, "task.kind")));
    message.put(14, OnnxGraph.pair("context", Integer.toString(facts.context())));
    facts.end().ifPresent(end -> message.put(14, OnnxGraph.pair("end", Integer.toString(end))));
    labels().ifPresent(labels -> message.put(14, OnnxGraph.pair("labels", PrettyJson.of(labels))));
    return message;
  }

  private Optional<List<String>> labels() {
    return switch (settings.task().kind()) {
      case CLASSIFICATION -> Optional.of(schema.facts(Column.LABEL).labels());
      case TAGGING -> Optional.of(schema.facts(Column.TAGS).labels());
      default -> Optional.empty();
    };
  }

  private void build() {
    boolean goesOn = settings.task().kind() == TaskSettings.Kind.LANGUAGE_MODEL;
    String vectors = vectors(goesOn);
    boolean causal = goesOn || (ofRows() && settings.task().direction() == Direction.CAUSAL);
    String read;
    Optional<OnnxRecurrent> recurrent = Optional.empty();
    if (settings.model().kind() == Kind.TRANSFORMER) {
      boolean goesOnFromKeys = goesOn && operators == Operators.V23;
      read = new OnnxTransformer(graph, facts, rows, causal, goesOnFromKeys).read(vectors);
    } else {
      recurrent = Optional.of(new OnnxRecurrent(graph, facts, rows, !causal, goesOn));
      read = recurrent.get().read(vectors);
    }
    switch (settings.task().kind()) {
      case LANGUAGE_MODEL, MASKED_LANGUAGE_MODEL ->
          graph.output("logits", overVocabulary(read), BATCH, TIME, headRows());
      case TAGGING ->
          graph.output("logits", linear(graph, facts, read, "head"), BATCH, TIME, headRows());
      case CLASSIFICATION ->
          graph.output(
              "logits", linear(graph, facts, pooled(read, recurrent), "head"), BATCH, headRows());
      default -> number(linear(graph, facts, pooled(read, recurrent), "head"));
    }
  }

  /** Whether {@code task.direction} is read. */
  private boolean ofRows() {
    return settings.task().kind() != TaskSettings.Kind.MASKED_LANGUAGE_MODEL;
  }

  private long headRows() {
    return facts
        .find("head.weight")
        .orElseGet(() -> facts.parameter("embedding.weight"))
        .shape()[0];
  }

  /** The inputs, and the vectors that the backbone reads of them [B, T, E]. */
  private String vectors(boolean goesOn) {
    String vectors;
    String input;
    if (schema.find(Column.TEXT).isPresent()) {
      input = graph.input("ids", true, BATCH, TIME);
      vectors = graph.add("Gather", embedding(), input);
    } else {
      int channels = schema.column(Column.SERIES).size();
      input = graph.input("series", false, BATCH, TIME, (long) channels);
      Facts scale = schema.facts(Column.SERIES);
      String steps = input;
      if (!scale.mean().isEmpty()) {
        steps = graph.add("Sub", steps, numbers(scale.mean()));
        steps = graph.add("Div", steps, numbers(scale.deviation()));
      }
      vectors = linear(graph, facts, steps, "projection");
    }
    String time = graph.add("Shape", Map.of("start", 1, "end", 2), input);
    rows = goesOn ? OnnxRows.equal(time) : ragged(time);
    return vectors;
  }

  private String embedding() {
    return graph.weight(MappedArray.of("embedding.weight", facts.parameter("embedding.weight")));
  }

  private String numbers(List<Double> values) {
    float[] numbers = new float[values.size()];
    for (int i = 0; i < numbers.length; i++) {
      numbers[i] = values.get(i).floatValue();
    }
    return graph.numbers(List.of((long) numbers.length), numbers);
  }

  private OnnxRows ragged(String time) {
    String lengths = graph.input("lengths", true, BATCH);
    String inside =
        graph.add("Less", steps(time), graph.add("Unsqueeze", lengths, graph.integers(1)));
    return new OnnxRows(time, lengths, inside);
  }

  /** 0 to T - 1. */
  private String steps(String time) {
    String end = graph.add("Squeeze", time, graph.integers(0));
    return graph.add("Range", graph.integer(0), end, graph.integer(1));
  }

  private String overVocabulary(String read) {
    if (facts.find("head.weight").isPresent()) {
      return linear(graph, facts, read, "head");
    }
    String table = graph.add("Transpose", Map.of("perm", new int[] {1, 0}), embedding());
    return withBias(graph, facts, graph.add("MatMul", read, table), "head");
  }

  /** A vector for each row [B, W] of those of its steps. */
  private String pooled(String read, Optional<OnnxRecurrent> recurrent) {
    String inside = graph.add("Unsqueeze", rows.inside(), graph.integers(2));
    String zero = graph.number(0);
    String axis = graph.integers(1);
    return switch (settings.task().pooling()) {
      case LAST ->
          recurrent
              .map(OnnxRecurrent::ends)
              .orElseGet(
                  () -> {
                    String end = graph.add("Sub", rows.lengths(), graph.integer(1));
                    String is =
                        graph.add("Equal", steps(rows.time()), graph.add("Unsqueeze", end, axis));
                    String last = graph.add("Unsqueeze", is, graph.integers(2));
                    return sum(graph.add("Where", last, read, zero), axis);
                  });
      case MEAN -> {
        String counts =
            graph.add("Unsqueeze", graph.add("Cast", Map.of("to", 1), rows.lengths()), axis);
        yield graph.add("Div", sum(graph.add("Where", inside, read, zero), axis), counts);
      }
      case LEARNED -> {
        Entry query = facts.parameter("pool.query");
        String column =
            graph.weight(MappedArray.of("pool.query", query).shaped(query.shape()[0], 1L));
        String scores =
            graph.add(
                "Where",
                inside,
                graph.add("MatMul", read, column),
                graph.number(Double.NEGATIVE_INFINITY));
        String weights = graph.add("Softmax", Map.of("axis", 1), scores); // [B, T, 1]
        String clean = graph.add("Where", inside, read, zero);
        yield sum(graph.add("Mul", clean, weights), axis);
      }
    };
  }

  private String sum(String values, String axis) {
    return graph.add("ReduceSum", Map.of("keepdims", 0), values, axis);
  }

  /** A number of each row [B], as people know it. */
  private void number(String scaled) {
    Facts scale = schema.facts(Column.LABEL);
    String number = graph.add("Squeeze", scaled, graph.integers(1));
    if (!scale.mean().isEmpty()) {
      number = graph.add("Mul", number, graph.number(scale.deviation().get(0)));
      number = graph.add("Add", number, graph.number(scale.mean().get(0)));
    }
    graph.output("number", number, BATCH);
  }

  /** A linear layer over the last axis. */
  static String linear(OnnxGraph graph, ModelFacts facts, String x, String name) {
    String matrix =
        graph.weight(MappedArray.transposed(name + ".weight", facts.parameter(name + ".weight")));
    return withBias(graph, facts, graph.add("MatMul", x, matrix), name);
  }

  private static String withBias(OnnxGraph graph, ModelFacts facts, String x, String name) {
    return facts
        .find(name + ".bias")
        .map(bias -> graph.add("Add", x, graph.weight(MappedArray.of(name + ".bias", bias))))
        .orElse(x);
  }
}
