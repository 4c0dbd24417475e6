package io.chorale.data;

import java.util.Arrays;
import java.util.List;

/**
 * Cells of real numbers.
 *
 * @param values row-major [B, T, size]; of the arrays none is copied
 * @param length T; 1 for vectors and labels
 * @param size numbers of a step
 * @param lengths of each cell without its padding [B]
 */
public record Numbers(float[] values, int length, int size, int[] lengths) implements Values {
  public Numbers {
    if (values.length != lengths.length * length * size) {
      throw new IllegalArgumentException(
          "there must be %d x %d x %d numbers (got: %d)"
              .formatted(lengths.length, length, size, values.length));
    }
  }

  /**
   * A cell.
   *
   * @param size numbers of a step: all of a vector are one step
   */
  public static Numbers of(int size, float... values) {
    int length = values.length / size;
    return new Numbers(values, length, size, new int[] {length});
  }

  @Override
  public Numbers cell(int row) {
    int from = row * length * size;
    return of(size, Arrays.copyOfRange(values, from, from + lengths[row] * size));
  }

  /**
   * Cells side by side, with zeros right of the shorter ones.
   *
   * @param cells at least one, each with one row
   * @param most steps of a cell: longer ones are cut to their first
   */
  static Numbers padded(List<Numbers> cells, int most) {
    int size = cells.get(0).size();
    int[] lengths = cells.stream().mapToInt(cell -> Math.min(most, cell.length())).toArray();
    int longest = Arrays.stream(lengths).max().orElseThrow();
    float[] values = new float[lengths.length * longest * size];
    for (int row = 0; row < lengths.length; row++) {
      float[] cell = cells.get(row).values();
      System.arraycopy(cell, 0, values, row * longest * size, lengths[row] * size);
    }
    return new Numbers(values, longest, size, lengths);
  }
}
