package io.chorale.data;

import io.chorale.config.DatasetSplit;

/** The windows of a shard, numbered row by row in the order of time. */
final class WindowIndex {
  private final Shard shard;
  private final int lookBack;
  private final int horizon;

  // By row: the first origin, the steps of the rows before, the windows of the rows so far.
  private final int[] firsts;
  private final int[] begins;
  private final int[] ends;

  WindowIndex(Shard shard, DatasetSplit split, int lookBack, int horizon) {
    this.shard = shard;
    this.lookBack = lookBack;
    this.horizon = horizon;
    firsts = new int[shard.rows()];
    begins = new int[shard.rows()];
    ends = new int[shard.rows()];
    int own = 0;
    int windows = 0;
    for (int row = 0; row < ends.length; row++) {
      int history = history(row);
      int steps = shard.length(Column.SERIES, row);
      int first = split == DatasetSplit.TRAIN ? history - horizon + 1 : history;
      firsts[row] = Math.max(lookBack, first);
      begins[row] = own;
      own += steps;
      windows += Math.max(0, history + steps - horizon - firsts[row] + 1);
      ends[row] = windows;
    }
  }

  Shard shard() {
    return shard;
  }

  private int history(int row) {
    return shard.length(Column.HISTORY, row);
  }

  /** How many there are. */
  int size() {
    return ends[ends.length - 1];
  }

  /** The window of a number, from 0. */
  Window window(int number) {
    int row = row(number);
    int before = row == 0 ? 0 : ends[row - 1];
    return new Window(this, row, firsts[row] + number - before);
  }

  private int row(int number) {
    int low = 0;
    int high = ends.length - 1;
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (ends[middle] > number) {
        high = middle;
      } else {
        low = middle + 1;
      }
    }
    return low;
  }

  /** The first window whose last step is that one of all rows' own, or later. */
  int firstEndingAt(int step) {
    int low = 0;
    int high = size();
    while (low < high) {
      int middle = (low + high) >>> 1;
      Window window = window(middle);
      int last = begins[window.row] + window.origin + horizon - 1 - history(window.row);
      if (last >= step) {
        high = middle;
      } else {
        low = middle + 1;
      }
    }
    return low;
  }

  /**
   * A window.
   *
   * @param origin the first step that is forecast, counted from the first of the row's history
   */
  record Window(WindowIndex index, int row, int origin) {
    /**
     * Copies steps.
     *
     * @param from counted from the origin
     */
    void copy(int from, int count, float[] to, int at) {
      Shard shard = index.shard;
      int history = index.history(row);
      int begin = origin + from;
      int before = Math.max(0, Math.min(count, history - begin));
      if (before > 0) {
        shard.copy(Column.HISTORY, row, begin, before, to, at);
      }
      if (count > before) {
        int size = shard.channels(Column.SERIES);
        shard.copy(
            Column.SERIES, row, begin + before - history, count - before, to, at + before * size);
      }
    }
  }
}
