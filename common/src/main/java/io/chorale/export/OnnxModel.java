package io.chorale.export;

import io.chorale.config.Settings;
import io.chorale.config.SettingsException;
import io.chorale.config.SettingsFile;
import io.chorale.export.ExportOptions.Operators;
import io.chorale.io.Storage;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.Path;

/**
 * Writes a model as ONNX: a file, or a folder where its task has several graphs. Parameters of more
 * than about two gigabytes, or {@link ExportOptions#shardBytes}, lie in a file beside the graph.
 */
final class OnnxModel {
  static final String SUFFIX = ".onnx";

  /** The most bytes of numbers within a message of protocol buffers, beside all else. */
  private static final long LARGEST = (1L << 31) - (1L << 26);

  private static final String DATA = ".data";

  private final ExportedModel model;
  private final Operators operators;
  private final OnnxTask task;

  private OnnxModel(ExportedModel model, Operators operators) {
    this.model = model;
    this.operators = operators;
    this.task = OnnxTask.of(new OnnxTask.Source(model.trained(), operators));
  }

  /**
   * The model as ONNX.
   *
   * @throws SettingsException where ONNX has no operators for it
   */
  static OnnxModel of(ExportedModel model, Operators operators) {
    unfit(model)
        .ifPresent(
            why -> {
              throw why;
            });
    return new OnnxModel(model, operators);
  }

  /** Why a model has no ONNX form. */
  static Optional<SettingsException> unfit(ExportedModel model) {
    Settings settings = model.trained().settings();
    if (!settings.model().recurrent() || !settings.recurrence().layerNorm()) {
      return Optional.empty();
    }
    return Optional.of(
        model.refused(
            ExportFormat.ONNX,
            "its recurrence.layer-norm is true",
            "false, as the operators have no norms",
            "Its predictions are made by the command predict."));
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
    OnnxModel written = of(model, options.operators());
    Map<String, Consumer<OnnxGraph>> graphs = written.task.graphs();
    if (graphs.size() > 1) {
      OnnxFolder.write(storage, output, options, model, written);
      return;
    }
    ExportedModel.checkNew(storage, output, options);
    List<String> files = written.publish(storage, output, options, written.task.whole());
    deleteOthers(storage, output, files);
  }

  /** Deletes the parameters of graphs that were there before. */
  private static void deleteOthers(Storage storage, Path output, List<String> kept) {
    storage.list(output.getParent()).stream()
        .map(FileStatus::getPath)
        .filter(found -> parametersOf(output.getName()).matcher(found.getName()).matches())
        .filter(found -> !kept.contains(found.getName()))
        .forEach(storage::deleteRecursively);
  }

  /** The names of files that have the parameters of a graph. */
  static Pattern parametersOf(String file) {
    return Pattern.compile(Pattern.quote(file) + "\\.[0-9a-f]{8}\\" + DATA);
  }

  OnnxTask task() {
    return task;
  }

  /**
   * Writes a graph.
   *
   * @return the names of its files, its own last
   */
  List<String> publish(
      Storage storage, Path output, ExportOptions options, Consumer<OnnxGraph> part) {
    OnnxGraph graph = new OnnxGraph(model.trained().parameters());
    part.accept(graph);
    List<String> files = new ArrayList<>();
    String external = "";
    if (graph.bytes() > Math.min(LARGEST, options.shardBytes())) {
      // Named after the parameters: an earlier graph goes on reading its own.
      external = "%s.%s%s".formatted(output.getName(), model.checksum(), DATA);
      storage.publish(new Path(output.getParent(), external), graph.weights());
      files.add(external);
    }
    Protobuf message = message(graph, external);
    storage.publish(output, message::writeTo);
    files.add(output.getName());
    return files;
  }

  private Protobuf message(OnnxGraph graph, String external) {
    Settings settings = model.trained().settings();
    Protobuf message =
        new Protobuf()
            .put(1, operators.form())
            .put(2, "chorale")
            .put(7, graph.message(settings.task().kind().name().toLowerCase(Locale.ROOT), external))
            .put(8, new Protobuf().put(1, "").put(2, operators.number()));
    message.put(14, OnnxGraph.pair("task", SettingsFile.value(settings, "task.kind")));
    task.metadata().forEach((name, value) -> message.put(14, OnnxGraph.pair(name, value)));
    return message;
  }
}
