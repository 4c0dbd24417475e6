package io.chorale.jobs.tokenize;

import io.chorale.corpus.Document;
import io.chorale.corpus.Field;
import io.chorale.data.DocumentHash;
import java.io.Serializable;
import java.util.Comparator;
import org.apache.spark.Partitioner;

/**
 * The place of a step among those of all series: by the hash of the series' name, by the name, by
 * time; equal times in the order of the corpus.
 *
 * @param hash from 0 on; its upper bits tell the partition, so that partitions follow this order
 * @param file of the record, as offset
 */
record StepKey(int hash, String group, long time, int file, long offset) implements Serializable {
  private static final Comparator<StepKey> ORDER =
      Comparator.comparingInt(StepKey::hash)
          .thenComparing(StepKey::group)
          .thenComparingLong(StepKey::time)
          .thenComparingInt(StepKey::file)
          .thenComparingLong(StepKey::offset);

  static StepKey of(Document step) {
    Field group = step.fields().get(Document.GROUP);
    String name = group == null ? "" : group.toString();
    int hash = (int) (DocumentHash.of(name).high() >>> (Long.SIZE - Integer.SIZE + 1));
    long time = ((Field.Moment) step.field(Document.TIME)).millis();
    return new StepKey(hash, name, time, step.file(), step.offset());
  }

  /** Orders steps. */
  static final class ByTime implements Comparator<StepKey>, Serializable {
    private static final long serialVersionUID = 1L;

    @Override
    public int compare(StepKey a, StepKey b) {
      return ORDER.compare(a, b);
    }
  }

  /** Cuts the hashes into ranges of equal width: a series lies in one partition. */
  static final class ByGroup extends Partitioner {
    private static final long serialVersionUID = 1L;

    private final int partitions;

    ByGroup(int partitions) {
      this.partitions = partitions;
    }

    @Override
    public int numPartitions() {
      return partitions;
    }

    @Override
    public int getPartition(Object key) {
      return (int) ((long) ((StepKey) key).hash() * partitions >>> (Integer.SIZE - 1));
    }
  }
}
