package io.chorale.jobs.round;

import java.io.Serializable;
import java.util.Comparator;
import org.apache.spark.Partitioner;

/**
 * The key of a slice in the shuffle: which slice of which worker; ordered by both, so that an
 * average adds in worker order.
 */
record SliceKey(int slice, int worker) implements Serializable, Comparable<SliceKey> {
  private static final Comparator<SliceKey> ORDER =
      Comparator.comparingInt(SliceKey::slice).thenComparingInt(SliceKey::worker);

  @Override
  public int compareTo(SliceKey other) {
    return ORDER.compare(this, other);
  }

  /**
   * Successive slices in each partition, as even as can be, and what has the key after the last
   * slice in a partition of its own.
   *
   * <p>There are at most {@link #MOST} partitions of slices: up to 200 in all, Spark writes each
   * part straight to its partition's file, where otherwise it would sort all of a worker's parts in
   * memory first ({@code spark.shuffle.sort.bypassMergeThreshold}).
   */
  static final class BySlice extends Partitioner {
    private static final long serialVersionUID = 1L;
    private static final int MOST = 128;
    private final int slices;

    BySlice(int slices) {
      this.slices = slices;
    }

    /** Partitions that hold slices. */
    int slicePartitions() {
      return Math.min(slices, MOST);
    }

    /** Slices of the partition that has most. */
    int mostSlices() {
      return slices == 0 ? 0 : (slices + slicePartitions() - 1) / slicePartitions();
    }

    @Override
    public int numPartitions() {
      return slicePartitions() + 1;
    }

    @Override
    public int getPartition(Object key) {
      int slice = ((SliceKey) key).slice();
      return slice == slices
          ? slicePartitions()
          : (int) ((long) slice * slicePartitions() / slices);
    }

    @Override
    public boolean equals(Object other) {
      return other instanceof BySlice bySlice && bySlice.slices == slices;
    }

    @Override
    public int hashCode() {
      return slices;
    }
  }
}
