package io.chorale.checkpoint;

import io.chorale.io.ArrayContent;
import io.chorale.io.FloatVector;
import io.chorale.io.SafeTensors;
import io.chorale.io.SafeTensorsFile;
import io.chorale.io.Storage;
import io.chorale.model.ParameterLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.hadoop.fs.Path;

/** Parameters as a safetensors file: every named one an array of its own shape. */
public final class ModelFile {
  private ModelFile() {}

  /** What the file holds. */
  static List<ArrayContent> content(ParameterLayout layout, FloatVector parameters) {
    List<ArrayContent> arrays = new ArrayList<>();
    for (ParameterLayout.Entry entry : layout.entries()) {
      arrays.add(ArrayContent.of(entry.name(), shape(entry), parameters, entry.offset()));
    }
    return arrays;
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
