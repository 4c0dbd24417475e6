package io.chorale.jobs.tokenize;

import java.io.Serializable;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import org.apache.spark.Partitioner;

/**
 * The place of a row, or of a part of one, in the dataset.
 *
 * @param shard counted over all splits
 * @param order within the shard
 * @param file of the document: orders what is equal so far
 * @param offset of the document in the file
 */
record RowKey(int shard, long order, int file, long offset) implements Serializable {

  private static final Comparator<RowKey> ORDER =
      Comparator.comparingLong(RowKey::order)
          .thenComparingInt(RowKey::file)
          .thenComparingLong(RowKey::offset);

  /** The order of rows of a shard: the places of those that are first, second, and so on. */
  static int[] sorted(List<RowKey> keys) {
    return IntStream.range(0, keys.size())
        .boxed()
        .sorted((a, b) -> ORDER.compare(keys.get(a), keys.get(b)))
        .mapToInt(Integer::intValue)
        .toArray();
  }

  /** Orders the rows of a shard. */
  static final class ByOrder implements Comparator<RowKey>, Serializable {
    private static final long serialVersionUID = 1L;

    @Override
    public int compare(RowKey a, RowKey b) {
      return ORDER.compare(a, b);
    }
  }

  /** One partition per shard. */
  static final class ByShard extends Partitioner {
    private static final long serialVersionUID = 1L;

    private final int shards;

    ByShard(int shards) {
      this.shards = shards;
    }

    @Override
    public int numPartitions() {
      return shards;
    }

    @Override
    public int getPartition(Object key) {
      return ((RowKey) key).shard();
    }
  }
}
