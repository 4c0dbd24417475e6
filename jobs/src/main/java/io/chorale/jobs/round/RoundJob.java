package io.chorale.jobs.round;

import io.chorale.average.Codec;
import io.chorale.average.Exchange;
import io.chorale.config.AverageSettings.Format;
import io.chorale.io.FloatVector;
import io.chorale.jobs.spark.SharedVector;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.apache.spark.api.java.JavaPairRDD;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.api.java.function.Function2;
import org.apache.spark.rdd.ShuffledRDD;
import scala.Tuple2;
import scala.math.Ordering$;
import scala.reflect.ClassTag;
import scala.reflect.ClassTag$;

/**
 * One round on Spark: every worker trains in a task of its own; what it sends goes, slice by slice,
 * through a shuffle to executors that average; the driver collects the averages alone.
 *
 * <p>The driver holds O(slices at a time), never anything of the order P, let alone K x P.
 */
public final class RoundJob {
  /**
   * Settings of Spark under which rounds are quickest: parameters hardly get any shorter; and
   * blocks of a broadcast are less than half of a region of G1's (conf/jvm.options), of which those
   * of 4 MB would take a whole one each, twice their size.
   */
  public static final Map<String, String> SPARK =
      Map.of(
          "spark.broadcast.compress", "false",
          "spark.broadcast.blockSize", "3m",
          "spark.shuffle.compress", "false",
          "spark.shuffle.spill.compress", "false");

  /** Averaged slices that the driver collects in one Spark job: 64 MiB, so no result is large. */
  private static final int SLICES_AT_A_TIME = 16;

  private final SliceKey.BySlice partitions;
  private final JavaRDD<SlicePart> averaged;
  private final long parameters;
  private final JavaRDD<SlicePart> sent;
  private long bytesReceived;

  private RoundJob(
      SliceKey.BySlice partitions,
      JavaRDD<SlicePart> averaged,
      long parameters,
      JavaRDD<SlicePart> sent) {
    this.partitions = partitions;
    this.averaged = averaged;
    this.parameters = parameters;
    this.sent = sent;
  }

  /**
   * Lays a round of a training out; nothing runs before {@link #reports}.
   *
   * @param before rounds since the last checkpoint
   * @param exchange by which the task sends slices
   * @param anchor that the workers start from
   */
  public static RoundJob of(
      RoundPlan plan, OpenRounds before, RoundTask task, Exchange exchange, SharedVector anchor) {
    JavaRDD<SlicePart> sent = before.before(plan.workers()).mapPartitionsWithIndex(task, true);
    return of("round " + plan.round(), sent, exchange, anchor);
  }

  /**
   * Lays a round out whose workers do not train, see {@link SyntheticWorkers}: what is measured is
   * the averaging alone.
   */
  public static RoundJob synthetic(
      JavaSparkContext spark, int workers, SharedVector anchor, Format send) {
    Exchange exchange = Exchange.ofValues(send);
    JavaRDD<SlicePart> sent =
        new OpenRounds(spark)
            .before(workers)
            .mapPartitionsWithIndex(new SyntheticWorkers(anchor, exchange), true);
    return of("averaging", sent, exchange, anchor);
  }

  /**
   * Lays a round out.
   *
   * @param name for Spark's own displays
   * @param sent the slices and the report of each worker, in the partition of its number
   */
  private static RoundJob of(
      String name, JavaRDD<SlicePart> sent, Exchange exchange, SharedVector anchor) {
    int slices = anchor.sliceCount();
    SliceKey.BySlice partitions = new SliceKey.BySlice(slices);
    Function2<Integer, Iterator<SlicePart>, Iterator<Tuple2<SliceKey, SlicePart>>> keys =
        (worker, parts) -> new Keyed(slices, worker, parts);
    JavaRDD<SlicePart> averaged =
        sorted(JavaPairRDD.fromJavaRDD(sent.mapPartitionsWithIndex(keys, true)), partitions)
            .mapPartitions(new AverageTask(exchange, anchor))
            .setName(name);
    return new RoundJob(partitions, averaged, anchor.length(), sent);
  }

  /** A worker's parts with the keys by which they are shuffled. */
  private record Keyed(int slices, int worker, Iterator<SlicePart> parts)
      implements Iterator<Tuple2<SliceKey, SlicePart>> {
    @Override
    public boolean hasNext() {
      return parts.hasNext();
    }

    @Override
    public Tuple2<SliceKey, SlicePart> next() {
      SlicePart part = parts.next();
      int slice = part instanceof SlicePart.Slice sent ? sent.slice() : slices;
      return new Tuple2<>(new SliceKey(slice, worker), part);
    }
  }

  /** What {@code repartitionAndSortWithinPartitions} does, with a serializer for slices. */
  private static JavaRDD<Tuple2<SliceKey, SlicePart>> sorted(
      JavaPairRDD<SliceKey, SlicePart> parts, SliceKey.BySlice partitions) {
    ClassTag<SlicePart> part = ClassTag$.MODULE$.apply(SlicePart.class);
    return new ShuffledRDD<SliceKey, SlicePart, SlicePart>(
            parts.rdd(), partitions, ClassTag$.MODULE$.apply(SliceKey.class), part, part)
        .setKeyOrdering(Ordering$.MODULE$.comparatorToOrdering(Comparator.<SliceKey>naturalOrder()))
        .setSerializer(new SliceSerializer())
        .toJavaRDD();
  }

  /**
   * Runs the workers.
   *
   * @return what they report, in their order
   */
  public List<WorkerReport> reports() {
    int last = partitions.slicePartitions();
    return collect(last, last + 1).stream()
        .map(part -> ((SlicePart.Report) part).report())
        .sorted(Comparator.comparingInt(WorkerReport::worker))
        .toList();
  }

  /** Receives the average of a slice. */
  @FunctionalInterface
  public interface SliceReceiver {
    /** The array is used again for the next slice. */
    void receive(int slice, float[] averaged);
  }

  /**
   * Averages, and frees what the workers sent; to be called once, after {@link #reports}. Slices
   * arrive in their order.
   */
  public void averages(SliceReceiver receiver) {
    Codec exact = Codec.of(Format.FLOAT32);
    int all = partitions.slicePartitions();
    int atATime = Math.max(1, SLICES_AT_A_TIME / Math.max(1, partitions.mostSlices()));
    float[] room = new float[FloatVector.sliceLength(parameters, 0)];
    try (Ahead<List<SlicePart>> ahead = new Ahead<>("averages")) {
      Future<List<SlicePart>> next = ahead.begin(() -> collect(0, Math.min(all, atATime)));
      for (int to = atATime; next != null; to += atATime) {
        List<SlicePart> parts = Ahead.get(next);
        int from = to;
        next = from < all ? ahead.begin(() -> collect(from, Math.min(all, from + atATime))) : null;
        for (SlicePart part : parts) {
          SlicePart.Slice slice = (SlicePart.Slice) part;
          bytesReceived += slice.bytes().length;
          int length = FloatVector.sliceLength(parameters, slice.slice());
          float[] values = length == room.length ? room : new float[length];
          exact.decode(slice.bytes(), 0, length, values, 0, length);
          receiver.receive(slice.slice(), values);
        }
      }
    }
    // Spark itself waits until the driver collects garbage, which it need not do for half an hour:
    // K x P elements a round would pile up on the executors' disks.
    averaged.rdd().cleanShuffleDependencies(false);
  }

  /** What the workers send, in the partition of each. */
  JavaRDD<SlicePart> sent() {
    return sent;
  }

  /** Bytes of the averages that the driver has received. */
  public long bytesReceived() {
    return bytesReceived;
  }

  /** The contents of some partitions; the workers' stage runs the first time only. */
  private List<SlicePart> collect(int from, int to) {
    List<SlicePart> parts = new ArrayList<>();
    for (List<SlicePart> partition :
        averaged.collectPartitions(IntStream.range(from, to).toArray())) {
      parts.addAll(partition);
    }
    return parts;
  }
}
