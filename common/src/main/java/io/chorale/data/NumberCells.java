package io.chorale.data;

import java.util.Arrays;

/**
 * Cells of real numbers.
 *
 * @param values of all cells, one after the other
 * @param size numbers of a step
 * @param offsets the step at which each cell begins, and at which the last one ends
 */
record NumberCells(float[] values, int size, int[] offsets) implements Cells {
  @Override
  public int length(int row) {
    return offsets[row + 1] - offsets[row];
  }

  @Override
  public Numbers cell(int row, int most) {
    int from = offsets[row] * size;
    return Numbers.of(
        size, Arrays.copyOfRange(values, from, from + Math.min(most, length(row)) * size));
  }

  @Override
  public long bytes() {
    return (long) Float.BYTES * values.length + (long) Integer.BYTES * offsets.length;
  }
}
