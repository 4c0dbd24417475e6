package io.chorale.jobs.tokenize;

import java.io.Serializable;
import java.util.Comparator;
import org.apache.spark.Partitioner;

/** The place of a row, or of a part of one, in the dataset. */
final class RowKey implements Serializable {
  private static final long serialVersionUID = 1L;

  private final int shard;
  private final long order;
  private final int file;
  private final long offset;

  /**
   * @param shard counted over all splits
   * @param order within the shard
   * @param file of the document: orders what is equal so far
   * @param offset of the document in the file
   */
  RowKey(int shard, long order, int file, long offset) {
    this.shard = shard;
    this.order = order;
    this.file = file;
    this.offset = offset;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof RowKey key
        && shard == key.shard
        && order == key.order
        && file == key.file
        && offset == key.offset;
  }

  @Override
  public int hashCode() {
    return Long.hashCode(order + 31 * (offset + 31L * file));
  }

  /** Orders the rows of a shard. */
  static final class ByOrder implements Comparator<RowKey>, Serializable {
    private static final long serialVersionUID = 1L;

    @Override
    public int compare(RowKey a, RowKey b) {
      int order = Long.compare(a.order, b.order);
      if (order == 0) {
        order = Integer.compare(a.file, b.file);
      }
      return order == 0 ? Long.compare(a.offset, b.offset) : order;
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
      return ((RowKey) key).shard;
    }
  }
}
