package io.chorale.jobs.predict;

import io.chorale.io.ArrayContent;
import io.chorale.io.FloatVector;
import io.chorale.io.SafeTensors;
import io.chorale.io.SafeTensorsFile;
import io.chorale.io.Storage;
import java.io.Serializable;
import java.util.List;
import java.util.Map;
import org.apache.hadoop.fs.Path;

/**
 * An affine map of vectors: x becomes M (x - m).
 *
 * @param mean m [W]
 * @param matrix M [K, W], row after row
 */
record VectorMap(float[] mean, float[] matrix) implements Serializable {
  /** Leaves vectors as they are. */
  static final VectorMap NONE = new VectorMap(new float[0], new float[0]);

  private static final String MEAN = "mean";
  private static final String MATRIX = "matrix";

  /** Whether vectors stay as they are. */
  boolean none() {
    return mean.length == 0;
  }

  /** Numbers of a vector that was mapped: K. */
  int size() {
    return matrix.length / mean.length;
  }

  /**
   * The vector that one becomes. Sums are made in double precision in the order of the numbers, so
   * that the result is the same on every machine. Costs K x W products.
   *
   * @param vector [W]
   * @return [K]
   */
  float[] apply(float[] vector) {
    double[] centred = new double[mean.length];
    for (int i = 0; i < centred.length; i++) {
      centred[i] = (double) vector[i] - mean[i];
    }
    float[] mapped = new float[size()];
    for (int row = 0; row < mapped.length; row++) {
      double sum = 0;
      for (int i = 0; i < centred.length; i++) {
        sum += matrix[row * centred.length + i] * centred[i];
      }
      mapped[row] = (float) sum;
    }
    return mapped;
  }

  /** Publishes it as a safetensors file. */
  void write(Storage storage, Path file) {
    long width = mean.length;
    SafeTensors.write(
        storage,
        file,
        Map.of(),
        List.of(
            ArrayContent.of(MEAN, List.of(width), mean),
            ArrayContent.of(MATRIX, List.of((long) size(), width), matrix)));
  }

  /** What {@link #write} has written. */
  static VectorMap read(Storage storage, Path file) {
    try (SafeTensorsFile opened = SafeTensors.open(storage, file)) {
      return new VectorMap(floats(opened.floats(MEAN)), floats(opened.floats(MATRIX)));
    }
  }

  private static float[] floats(FloatVector vector) {
    float[] values = new float[Math.toIntExact(vector.length())];
    for (int i = 0; i < values.length; i++) {
      values[i] = vector.get(i);
    }
    return values;
  }
}
