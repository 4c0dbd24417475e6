package io.chorale.jobs.round;

import java.nio.ByteBuffer;
import org.apache.spark.SparkConf;
import org.apache.spark.serializer.JavaSerializer;
import scala.reflect.ClassTag;
import scala.reflect.ClassTag$;

/**
 * The parts of a round as bytes: a few in front that say what it is, and its content as it stands,
 * not copied.
 *
 * <p>Java's own serialization takes arrays apart into blocks of 1 kB, and keeps what it has written
 * and read in case it comes again: all that a worker leaves would stay in memory.
 */
final class PartBytes {
  private static final byte SLICE = 1;
  private static final byte REPORT = 2;

  /** For what is small. */
  private static final JavaSerializer REPORTS = new JavaSerializer(new SparkConf(false));

  private static final ClassTag<WorkerReport> REPORT_TYPE =
      ClassTag$.MODULE$.apply(WorkerReport.class);

  private PartBytes() {}

  /** What is to be known before the content. */
  static byte[] head(SlicePart part) {
    if (part instanceof SlicePart.Slice slice) {
      return ByteBuffer.allocate(1 + Integer.BYTES + Double.BYTES)
          .put(SLICE)
          .putInt(slice.slice())
          .putDouble(slice.weight())
          .array();
    }
    return new byte[] {REPORT};
  }

  static byte[] content(SlicePart part) {
    if (part instanceof SlicePart.Slice slice) {
      return slice.bytes();
    }
    WorkerReport report = ((SlicePart.Report) part).report();
    ByteBuffer serialized = REPORTS.newInstance().serialize(report, REPORT_TYPE);
    byte[] bytes = new byte[serialized.remaining()];
    serialized.get(bytes);
    return bytes;
  }

  static SlicePart part(byte[] head, byte[] content) {
    ByteBuffer facts = ByteBuffer.wrap(head);
    return facts.get() == SLICE
        ? new SlicePart.Slice(facts.getInt(), facts.getDouble(), content)
        : new SlicePart.Report(
            REPORTS.newInstance().deserialize(ByteBuffer.wrap(content), REPORT_TYPE));
  }
}
