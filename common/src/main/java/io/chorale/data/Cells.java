package io.chorale.data;

/** A column of a shard, in memory. */
sealed interface Cells permits IdCells, NumberCells {
  /** Steps of a cell. */
  int length(int row);

  /** A cell, cut to its first {@code most} steps. */
  Values cell(int row, int most);

  /** Bytes of memory. */
  long bytes();
}
