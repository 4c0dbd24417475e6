package io.chorale.export;

import io.chorale.io.Checksums;
import io.chorale.io.StagedDirectory;
import io.chorale.io.Storage;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.hadoop.fs.Path;

/**
 * Writes a model as a folder of MLflow's: {@code MLmodel}, which is written last, the parameters as
 * they are, Python code that predicts with them by numpy alone, and what that code needs.
 *
 * <p>A version always gives the same bytes. Of settings only those are written that the code reads;
 * nothing of the environment, and no path.
 */
final class MlflowFolder {
  /** The package in {@code code/} that MLflow loads. */
  static final String MODULE = "chorale_pyfunc";

  private static final List<String> CODE =
      List.of(
          "__init__.py",
          "arrays.py",
          "beams.py",
          "generation.py",
          "readers.py",
          "recurrent.py",
          "tasks.py",
          "tokenizers_of_chorale.py",
          "transformer.py");

  private static final String PARAMETERS = "data/model.safetensors";
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
    PyfuncFacts facts = PyfuncFacts.of(model);
    MlflowFiles written = new MlflowFiles(model, facts);
    StagedDirectory staged =
        storage.stage(output, "MLflow model", MlflowFiles.MARKER, CONTENTS, options.overwrite());
    Map<String, byte[]> files = new LinkedHashMap<>(written.files());
    files.put("data/model.json", facts.toBytes());
    for (String file : facts.tokenizers().files()) {
      files.put("data/" + file, model.directory().file(file));
    }
    CODE.forEach(name -> files.put("code/%s/%s".formatted(MODULE, name), code(name)));
    byte[] marker = written.marker();
    staged.begin(Checksums.crc32c(marker));
    try {
      files.forEach((name, bytes) -> storage.publish(new Path(staged.path(), name), bytes));
      storage.publish(
          new Path(staged.path(), PARAMETERS),
          out -> {
            try (InputStream in = storage.open(model.parameters())) {
              in.transferTo(out);
            }
          });
      files.put(PARAMETERS, new byte[0]);
      staged.publish(marker, files.keySet());
    } catch (RuntimeException | Error e) {
      staged.discard();
      throw e;
    }
  }

  private static byte[] code(String name) {
    String resource = MODULE + "/" + name;
    try (InputStream in = MlflowFolder.class.getResourceAsStream(resource)) {
      if (in == null) {
        throw new IllegalStateException("there is no resource " + resource);
      }
      return in.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
