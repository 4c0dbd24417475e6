package io.chorale.jobs.tokenize;

import io.chorale.config.DatasetSplit;
import java.io.Serializable;

/** Numbers the shards of all splits in one row, as partitions need it. */
final class ShardNumbers implements Serializable {
  private static final long serialVersionUID = 1L;

  private final int[] counts;

  /**
   * @param counts shards of each split
   */
  ShardNumbers(int[] counts) {
    this.counts = counts.clone();
  }

  /** Shards of all splits. */
  int total() {
    return number(DatasetSplit.TEST, counts[DatasetSplit.TEST.ordinal()]);
  }

  int count(DatasetSplit split) {
    return counts[split.ordinal()];
  }

  int number(DatasetSplit split, int shard) {
    int number = shard;
    for (int i = 0; i < split.ordinal(); i++) {
      number += counts[i];
    }
    return number;
  }

  DatasetSplit split(int number) {
    for (DatasetSplit split : DatasetSplit.values()) {
      if (number < number(split, count(split))) {
        return split;
      }
    }
    throw new IllegalArgumentException(
        "number must be below %d (got: %d)".formatted(total(), number));
  }

  /** The number within its split. */
  int shard(int number) {
    return number - number(split(number), 0);
  }
}
