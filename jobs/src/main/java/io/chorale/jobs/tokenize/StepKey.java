package io.chorale.jobs.tokenize;

import io.chorale.corpus.Document;
import io.chorale.corpus.Field;
import io.chorale.data.DocumentHash;
import java.io.Serializable;
import java.util.Comparator;
import org.apache.spark.Partitioner;

/**
 * The place of a step among those of all series: by the hash of the series' name, by the name; what
 * a dataset has of the series first; by time; equal times in the order of the corpus.
 *
 * @param hash from 0 on; its upper bits tell the partition, so that partitions follow this order
 * @param file of the record, as offset; {@link #KNOWN} of a step that the dataset has
 */
record StepKey(int hash, String group, long time, int file, long offset) implements Serializable {
  private static final int KNOWN = -1;

  private static final Comparator<StepKey> ORDER =
      Comparator.comparingInt(StepKey::hash)
          .thenComparing(StepKey::group)
          .thenComparing(StepKey::known, Comparator.reverseOrder())
          .thenComparingLong(StepKey::time)
          .thenComparingInt(StepKey::file)
          .thenComparingLong(StepKey::offset);

  static StepKey of(Document step) {
    Field group = step.fields().get(Document.GROUP);
    String name = group == null ? "" : group.toString();
    long time = ((Field.Moment) step.field(Document.TIME)).millis();
    return new StepKey(hashOf(name), name, time, step.file(), step.offset());
  }

  /** That of a step which the dataset has. */
  static StepKey known(String group, long time) {
    return new StepKey(hashOf(group), group, time, KNOWN, 0);
  }

  private static int hashOf(String group) {
    return (int) (DocumentHash.of(group).high() >>> (Long.SIZE - Integer.SIZE + 1));
  }

  boolean known() {
    return file == KNOWN;
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
