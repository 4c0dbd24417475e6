package io.chorale.export;

import io.chorale.config.Settings;
import io.chorale.config.SettingsFile;
import io.chorale.export.ExportOptions.Operators;
import io.chorale.io.Checksums;
import io.chorale.io.Storage;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import java.util.zip.CRC32C;
import java.util.zip.CheckedOutputStream;
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

  OnnxModel(ExportedModel model, Operators operators) {
    this.model = model;
    this.operators = operators;
    this.task = OnnxTask.of(new OnnxTask.Source(model.trained(), operators));
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
    Map<String, Consumer<OnnxGraph>> graphs = written.task.graphs();
    if (graphs.size() > 1) {
      OnnxFolder.write(storage, output, options, model, written);
      return;
    }
    ExportedModel.checkNew(storage, output, options);
    List<String> files =
        written.publish(storage, output, options, written.graph(written.task.whole()));
    deleteOthers(storage, output, files);
  }

  /** Deletes the parameters of graphs that were there before. */
  private static void deleteOthers(Storage storage, Path output, List<String> kept) {
    files(storage, output.getParent(), output.getName()).stream()
        .filter(found -> !kept.contains(found))
        .forEach(found -> storage.deleteRecursively(new Path(output.getParent(), found)));
  }

  /** The names of the files of a graph, of this one or an earlier one, that lie in a folder. */
  static List<String> files(Storage storage, Path folder, String graph) {
    if (!storage.exists(folder) || !storage.status(folder).isDirectory()) {
      return List.of();
    }
    Pattern own = Pattern.compile("%s(\\.[0-9a-f]{8}\\%s)?".formatted(Pattern.quote(graph), DATA));
    return storage.list(folder).stream()
        .map(found -> found.getPath().getName())
        .filter(own.asMatchPredicate())
        .toList();
  }

  OnnxTask task() {
    return task;
  }

  /** A graph of the model. */
  OnnxGraph graph(Consumer<OnnxGraph> part) {
    OnnxGraph graph = new OnnxGraph(model.trained().parameters());
    part.accept(graph);
    return graph;
  }

  /**
   * Writes a graph.
   *
   * @return the names of its files, its own last
   */
  List<String> publish(Storage storage, Path output, ExportOptions options, OnnxGraph graph) {
    List<String> files = new ArrayList<>();
    String external = "";
    if (graph.bytes() > Math.min(LARGEST, options.shardBytes())) {
      // Named after its bytes: an earlier graph goes on reading its own.
      external = "%s.%s%s".formatted(output.getName(), checksum(graph.weights()), DATA);
      storage.publish(new Path(output.getParent(), external), graph.weights());
      files.add(external);
    }
    Protobuf message = message(graph, external);
    storage.publish(output, message::writeTo);
    files.add(output.getName());
    return files;
  }

  private static String checksum(Storage.Content content) {
    CRC32C checksum = new CRC32C();
    try (OutputStream out = new CheckedOutputStream(OutputStream.nullOutputStream(), checksum)) {
      content.writeTo(out);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return Checksums.hex(checksum);
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
