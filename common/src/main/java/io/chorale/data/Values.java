package io.chorale.data;

import java.io.Serializable;

/** One column of a batch: B cells, padded at the right to the length of the longest. */
public sealed interface Values extends Serializable permits Ids, Numbers {
  /** Steps of each cell, without the padding; there are B of them. */
  int[] lengths();

  /** Steps of each cell with the padding: T. */
  int length();

  /** The cell of a row, without its padding. */
  Values cell(int row);
}
