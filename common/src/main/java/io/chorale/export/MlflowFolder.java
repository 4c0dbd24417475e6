package io.chorale.export;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.chorale.io.Checksums;
import io.chorale.io.StagedDirectory;
import io.chorale.io.Storage;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.apache.hadoop.fs.Path;

/**
 * Writes a model as a folder of MLflow's: {@code MLmodel}, which is written last, what predicts
 * with the model, and the model as ONNX.
 *
 * <p>A version always gives the same bytes. Of settings only those are written that are read;
 * nothing of the environment, and no path.
 */
final class MlflowFolder {
  private static final Set<String> CONTENTS =
      Set.of(
          "code",
          "data",
          "conda.yaml",
          "python_env.yaml",
          "requirements.txt",
          MlflowFiles.INPUT_EXAMPLE);

  private MlflowFolder() {}

  /** As {@link ExportFormat#write}. */
  static void write(Storage storage, Path output, ExportOptions options, ExportedModel model) {
    if (model.version().isEmpty()) {
      throw model.refused(
          ExportFormat.MLFLOW,
          "it is a run",
          "a version of a registry, whose measures and origin go along",
          "Add it (chorale models add), and export that.");
    }
    if (options.type() != NumberType.FLOAT32) {
      throw model.refused(
          ExportFormat.MLFLOW,
          "--type is " + options.type().key(),
          NumberType.FLOAT32.key(),
          "Leave --type out.");
    }
    OnnxModel onnx = new OnnxModel(model, options.operators());
    OnnxGraph graph = onnx.graph(onnx.task().whole());
    MlflowPredictor predictor =
        PyfuncFacts.knows(model) ? new PyfuncPredictor(storage, model) : new OnnxPredictor(graph);
    MlflowFiles written = new MlflowFiles(model, predictor);
    Set<String> contents = new HashSet<>(CONTENTS);
    contents.addAll(OnnxModel.files(storage, output, OnnxPredictor.FILE));
    StagedDirectory staged =
        storage.stage(output, "MLflow model", MlflowFiles.MARKER, contents, options.overwrite());
    Map<String, Storage.Content> files = new LinkedHashMap<>(predictor.files());
    written.files().forEach((name, bytes) -> files.put(name, out -> out.write(bytes)));
    byte[] marker = written.marker();
    // With other operators, or cut otherwise, there are other files.
    String key =
        "%s %s %d".formatted(new String(marker, UTF_8), options.operators(), options.shardBytes());
    staged.begin(Checksums.crc32c(key.getBytes(UTF_8)));
    try {
      files.forEach((name, content) -> storage.publish(new Path(staged.path(), name), content));
      Set<String> names = new HashSet<>(files.keySet());
      Path file = new Path(staged.path(), OnnxPredictor.FILE);
      names.addAll(onnx.publish(storage, file, options, graph));
      staged.publish(marker, names);
    } catch (RuntimeException | Error e) {
      staged.discard();
      throw e;
    }
  }
}
