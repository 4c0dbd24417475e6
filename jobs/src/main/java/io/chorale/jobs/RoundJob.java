package io.chorale.jobs;

import io.chorale.config.ChoraleException;
import io.chorale.io.FloatBytes;
import io.chorale.io.FloatVector;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import scala.Tuple2;

/**
 * One round on Spark: every worker trains in a task of its own; its parameters go, slice by slice,
 * through a shuffle to executors that average; the driver collects the averages alone.
 *
 * <p>The driver holds O(slices at a time), never anything of the order K x P.
 */
final class RoundJob {
  /** Averaged slices that the driver collects in one Spark job: 64 MiB, so no result is large. */
  private static final int SLICES_AT_A_TIME = 16;

  private final int slices;
  private final JavaRDD<SlicePart> averaged;

  private RoundJob(int slices, JavaRDD<SlicePart> averaged) {
    this.slices = slices;
    this.averaged = averaged;
  }

  /** Lays the round out; nothing runs before {@link #reports}. */
  static RoundJob of(JavaSparkContext spark, RoundPlan plan, RoundTask task, long parameters) {
    int slices = FloatVector.sliceCount(parameters);
    List<Integer> workers = IntStream.range(0, plan.workers()).boxed().toList();
    JavaRDD<SlicePart> averaged =
        spark
            .parallelize(workers, plan.workers())
            .mapPartitionsToPair(task)
            .repartitionAndSortWithinPartitions(new SliceKey.BySlice(slices + 1))
            .mapPartitions(new AverageTask())
            .setName("round " + plan.round);
    return new RoundJob(slices, averaged);
  }

  /**
   * Runs the workers.
   *
   * @return what they report, in their order
   * @throws ChoraleException where one of them could not go on
   */
  List<WorkerReport> reports() {
    List<WorkerReport> reports = new ArrayList<>();
    for (SlicePart part : collect(slices, slices + 1).get(0)._2()) {
      reports.add(part.report);
    }
    reports.sort(Comparator.comparingInt(report -> report.worker));
    return reports;
  }

  /** Receives the mean of a slice. */
  @FunctionalInterface
  interface SliceReceiver {
    void receive(int slice, float[] mean);
  }

  /** Averages; to be called after {@link #reports}. */
  void means(SliceReceiver receiver) {
    for (int from = 0; from < slices; from += SLICES_AT_A_TIME) {
      for (Tuple2<Integer, List<SlicePart>> slice :
          collect(from, Math.min(slices, from + SLICES_AT_A_TIME))) {
        receiver.receive(slice._1(), FloatBytes.decode(slice._2().get(0).parameters));
      }
    }
  }

  /** The contents of some partitions; the workers' stage runs the first time only. */
  private List<Tuple2<Integer, List<SlicePart>>> collect(int from, int to) {
    List<SlicePart>[] parts = averaged.collectPartitions(IntStream.range(from, to).toArray());
    List<Tuple2<Integer, List<SlicePart>>> numbered = new ArrayList<>();
    for (int i = 0; i < parts.length; i++) {
      numbered.add(new Tuple2<>(from + i, parts[i]));
    }
    return numbered;
  }
}
