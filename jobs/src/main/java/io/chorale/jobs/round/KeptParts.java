package io.chorale.jobs.round;

import java.io.Serializable;
import java.util.Iterator;
import java.util.NoSuchElementException;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.function.FlatMapFunction;
import org.apache.spark.storage.StorageLevel;
import scala.jdk.javaapi.CollectionConverters;
import scala.reflect.ClassTag;
import scala.reflect.ClassTag$;
import scala.runtime.AbstractFunction1;

/**
 * What workers leave after a round, kept by the executors until the next one is done: each part as
 * two arrays of bytes, its head and its content. Slices and report come first, so that who wants
 * them alone need not read the worker's state.
 *
 * <p>They are blocks of Spark on the executor's own disk, so in memory that the system can spare:
 * in Spark's share of the heap they would lie beside the parameters and states of the workers that
 * train, which Spark knows nothing of. The blocks of an executor that is lost are computed again:
 * from the blocks of the round before or, where these are gone too, from the last checkpoint.
 */
final class KeptParts {
  /** That of bytes, by which Spark writes each array in one go. */
  private static final ClassTag<byte[]> BYTES = ClassTag$.MODULE$.apply(byte[].class);

  private KeptParts() {}

  /** Keeps the parts of all workers, each worker's in the partition of its number. */
  static JavaRDD<byte[]> of(JavaRDD<SlicePart> parts) {
    return JavaRDD.fromRDD(parts.rdd().mapPartitions(new ToBytes(), true, BYTES), BYTES)
        .persist(StorageLevel.DISK_ONLY());
  }

  /** The slices and the reports of what is kept. */
  static JavaRDD<SlicePart> sent(JavaRDD<byte[]> kept) {
    FlatMapFunction<Iterator<byte[]>, SlicePart> sent = Sent::new;
    return kept.mapPartitions(sent, true);
  }

  /** The state among what is kept of a worker. */
  static Iterator<SlicePart.State> state(Iterator<byte[]> kept) {
    return new States(kept);
  }

  private static final class ToBytes
      extends AbstractFunction1<
          scala.collection.Iterator<SlicePart>, scala.collection.Iterator<byte[]>>
      implements Serializable {
    private static final long serialVersionUID = 1L;

    @Override
    public scala.collection.Iterator<byte[]> apply(scala.collection.Iterator<SlicePart> parts) {
      return CollectionConverters.asScala(new Arrays(CollectionConverters.asJava(parts)));
    }
  }

  /** Heads and contents in turn. */
  private static final class Arrays implements Iterator<byte[]> {
    private final Iterator<SlicePart> parts;
    private byte[] content;

    Arrays(Iterator<SlicePart> parts) {
      this.parts = parts;
    }

    @Override
    public boolean hasNext() {
      return content != null || parts.hasNext();
    }

    @Override
    public byte[] next() {
      if (content != null) {
        byte[] last = content;
        content = null;
        return last;
      }
      SlicePart part = parts.next();
      content = PartBytes.content(part);
      return PartBytes.head(part);
    }
  }

  /** Parts up to the first of the state, which is not read. */
  private static final class Sent implements Iterator<SlicePart> {
    private final Iterator<byte[]> kept;
    private byte[] head;

    Sent(Iterator<byte[]> kept) {
      this.kept = kept;
      this.head = kept.hasNext() ? kept.next() : null;
    }

    @Override
    public boolean hasNext() {
      return head != null && !PartBytes.isState(head);
    }

    @Override
    public SlicePart next() {
      if (!hasNext()) {
        throw new NoSuchElementException();
      }
      SlicePart part = PartBytes.part(head, kept.next());
      head = kept.hasNext() ? kept.next() : null;
      return part;
    }
  }

  private static final class States implements Iterator<SlicePart.State> {
    private final Iterator<byte[]> kept;
    private byte[] head;

    States(Iterator<byte[]> kept) {
      this.kept = kept;
      advance();
    }

    private void advance() {
      head = kept.hasNext() ? kept.next() : null;
      while (head != null && !PartBytes.isState(head)) {
        kept.next();
        head = kept.hasNext() ? kept.next() : null;
      }
    }

    @Override
    public boolean hasNext() {
      return head != null;
    }

    @Override
    public SlicePart.State next() {
      if (!hasNext()) {
        throw new NoSuchElementException();
      }
      SlicePart.State part = (SlicePart.State) PartBytes.part(head, kept.next());
      advance();
      return part;
    }
  }
}
