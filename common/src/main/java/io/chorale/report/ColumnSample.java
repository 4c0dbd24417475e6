package io.chorale.report;

import io.chorale.data.Column;
import io.chorale.data.Numbers;
import io.chorale.data.Shard;
import io.chorale.data.Tokens;
import java.util.Arrays;
import java.util.List;

/** Counts what some shards hold of a column. */
final class ColumnSample {
  private final Column column;
  private final int[] lengths;
  private final long[] counts;
  private float[] lowest = {};
  private float[] highest = {};
  private int rows;

  /**
   * @param rows of all shards that are to be added
   */
  ColumnSample(Column column, int rows) {
    this.column = column;
    this.lengths = new int[rows];
    this.counts = new long[column.whole() ? column.size() : 0];
  }

  void add(Shard shard) {
    String name = column.name();
    for (int row = 0; row < shard.rows(); row++) {
      lengths[rows++] = shard.length(name, row);
    }
    if (column.whole()) {
      Tokens ids = shard.tokens(name);
      for (int i = 0; i < ids.length(); i++) {
        counts[ids.get(i)]++;
      }
    } else {
      for (int row = 0; row < shard.rows(); row++) {
        widen((Numbers) shard.row(List.of(name), row, Integer.MAX_VALUE).cell(name));
      }
    }
  }

  private void widen(Numbers cell) {
    if (lowest.length == 0) {
      lowest = Arrays.copyOf(cell.values(), cell.size());
      highest = lowest.clone();
    }
    float[] values = cell.values();
    for (int i = 0; i < values.length; i++) {
      int channel = i % cell.size();
      lowest[channel] = Math.min(lowest[channel], values[i]);
      highest[channel] = Math.max(highest[channel], values[i]);
    }
  }

  Column column() {
    return column;
  }

  /** Steps of each cell, row by row: its tokens; of a vector or a label 1. */
  int[] lengths() {
    return lengths;
  }

  /** How often each id or class occurs; none of numbers. */
  long[] counts() {
    return counts;
  }

  /** The lowest number of each channel, as it lies in the shards. */
  float[] lowest() {
    return lowest;
  }

  /** The highest number of each channel, as it lies in the shards. */
  float[] highest() {
    return highest;
  }
}
