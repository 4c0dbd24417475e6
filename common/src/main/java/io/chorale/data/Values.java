package io.chorale.data;

import java.io.Serializable;
import java.util.List;

/** One column of a batch: B cells, padded at the right to the length of the longest. */
public sealed interface Values extends Serializable permits Ids, Numbers {
  /** Steps of each cell, without the padding; there are B of them. */
  int[] lengths();

  /** Steps of each cell with the padding: T. */
  int length();

  /** The cell of a row, without its padding. */
  Values cell(int row);

  /**
   * Cells side by side.
   *
   * @param cells at least one, of one kind, each with one row
   * @param most steps of a cell: longer ones are cut to their first
   * @param padding id that stands right of the shorter ones; of numbers it is 0
   */
  static Values padded(List<Values> cells, int most, int padding) {
    return cells.get(0) instanceof Ids
        ? Ids.padded(cells.stream().map(Ids.class::cast).toList(), most, padding)
        : Numbers.padded(cells.stream().map(Numbers.class::cast).toList(), most);
  }
}
