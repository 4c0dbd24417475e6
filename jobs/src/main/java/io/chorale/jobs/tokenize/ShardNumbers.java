package io.chorale.jobs.tokenize;

import io.chorale.config.DatasetSplit;
import java.io.Serializable;
import java.util.Arrays;

/**
 * Numbers the shards of all splits in one row, as partitions need it: split by split, and in each
 * source by source.
 */
final class ShardNumbers implements Serializable {
  private static final long serialVersionUID = 1L;

  /** Where the shards of each source begin in each split, and where all end. */
  private final int[] begins;

  private final int sources;

  /**
   * Those of one source.
   *
   * @param counts shards of each split
   */
  ShardNumbers(int[] counts) {
    this(Arrays.stream(counts).mapToObj(count -> new int[] {count}).toArray(int[][]::new));
  }

  /**
   * Those of several sources.
   *
   * @param counts shards of each split, by source
   */
  ShardNumbers(int[][] counts) {
    sources = counts[0].length;
    begins = new int[counts.length * sources + 1];
    for (int i = 0; i < counts.length * sources; i++) {
      begins[i + 1] = begins[i] + counts[i / sources][i % sources];
    }
  }

  /** Shards of all splits. */
  int total() {
    return begins[begins.length - 1];
  }

  int count(DatasetSplit split) {
    return begins[(split.ordinal() + 1) * sources] - begins[split.ordinal() * sources];
  }

  /** The number of a shard of a split. */
  int number(DatasetSplit split, int shard) {
    return begins[split.ordinal() * sources] + shard;
  }

  /** The number of a shard of a source in a split. */
  int number(DatasetSplit split, int source, int shard) {
    return begins[split.ordinal() * sources + source] + shard;
  }

  DatasetSplit split(int number) {
    return DatasetSplit.values()[place(number) / sources];
  }

  int source(int number) {
    return place(number) % sources;
  }

  /** The number within its split. */
  int shard(int number) {
    return number - number(split(number), 0);
  }

  private int place(int number) {
    if (number < 0 || number >= total()) {
      throw new IllegalArgumentException(
          "number must be below %d (got: %d)".formatted(total(), number));
    }
    // Where some have no shards, several begin at the same number: the last of them has it.
    int place = 0;
    while (begins[place + 1] <= number) {
      place++;
    }
    return place;
  }
}
