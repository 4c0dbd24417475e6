package io.chorale.jobs;

import java.io.Serializable;
import java.util.Comparator;
import java.util.Objects;
import org.apache.spark.Partitioner;

/** Which slice of which worker; ordered by both, so that an average adds in worker order. */
final class SliceKey implements Serializable, Comparable<SliceKey> {
  private static final long serialVersionUID = 1L;
  private static final Comparator<SliceKey> ORDER =
      Comparator.<SliceKey>comparingInt(key -> key.slice).thenComparingInt(key -> key.worker);

  final int slice;
  final int worker;

  SliceKey(int slice, int worker) {
    this.slice = slice;
    this.worker = worker;
  }

  @Override
  public int compareTo(SliceKey other) {
    return ORDER.compare(this, other);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof SliceKey key && compareTo(key) == 0;
  }

  @Override
  public int hashCode() {
    return Objects.hash(slice, worker);
  }

  /** One partition a slice. */
  static final class BySlice extends Partitioner {
    private static final long serialVersionUID = 1L;
    private final int slices;

    BySlice(int slices) {
      this.slices = slices;
    }

    @Override
    public int numPartitions() {
      return slices;
    }

    @Override
    public int getPartition(Object key) {
      return ((SliceKey) key).slice;
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
