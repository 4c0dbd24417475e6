package io.chorale.data;

/**
 * Cells of ids or classes.
 *
 * @param values of all cells, one after the other
 * @param offsets where each cell begins, and where the last one ends
 */
record IdCells(Tokens values, int[] offsets) implements Cells {
  @Override
  public int length(int row) {
    return offsets[row + 1] - offsets[row];
  }

  @Override
  public Ids cell(int row, int most) {
    int[] ids = new int[Math.min(most, length(row))];
    values.copy(offsets[row], ids, 0, ids.length);
    return Ids.of(ids);
  }

  @Override
  public long bytes() {
    return values.bytes() + (long) Integer.BYTES * offsets.length;
  }
}
