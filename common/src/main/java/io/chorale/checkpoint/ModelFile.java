package io.chorale.checkpoint;

import io.chorale.io.ArrayContent;
import io.chorale.io.FloatVector;
import io.chorale.io.SafeTensors;
import io.chorale.io.SafeTensorsFile;
import io.chorale.io.Storage;
import io.chorale.model.ParameterLayout;
import java.io.IOException;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.apache.hadoop.fs.Path;

/** Parameters as a safetensors file: every named one an array of its own shape. */
public final class ModelFile {
  static final String FORMAT = "chorale-model-1";

  private ModelFile() {}

  /** Writes parameters as a checkpoint has them. */
  public static void write(OutputStream out, ParameterLayout layout, FloatVector parameters)
      throws IOException {
    SafeTensors.write(out, Map.of("format", FORMAT), content(layout, parameters));
  }

  /** What the file holds. */
  static List<ArrayContent> content(ParameterLayout layout, FloatVector parameters) {
    List<ArrayContent> arrays = new ArrayList<>();
    for (ParameterLayout.Entry entry : layout.entries()) {
      arrays.add(content(entry, parameters));
    }
    return arrays;
  }

  /** The array of one of the parameters. */
  static ArrayContent content(ParameterLayout.Entry entry, FloatVector parameters) {
    return ArrayContent.of(entry.name(), shape(entry), parameters, entry.offset());
  }

  /**
   * Reads the parameters back.
   *
   * @throws io.chorale.config.ChoraleException where the file is damaged, or lacks a parameter of
   *     the layout, or has it in another shape
   */
  public static FloatVector read(Storage storage, Path file, ParameterLayout layout) {
    FloatVector parameters = new FloatVector(layout.size());
    try (SafeTensorsFile opened = SafeTensors.open(storage, file)) {
      for (ParameterLayout.Entry entry : layout.entries()) {
        opened.floats(entry.name(), shape(entry)).copyTo(parameters, entry.offset());
      }
    }
    return parameters;
  }

  private static List<Long> shape(ParameterLayout.Entry entry) {
    return Arrays.stream(entry.shape()).boxed().toList();
  }
}
