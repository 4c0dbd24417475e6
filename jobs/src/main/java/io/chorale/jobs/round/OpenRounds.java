package io.chorale.jobs.round;

import io.chorale.checkpoint.CheckpointFile;
import io.chorale.io.Storage;
import io.chorale.jobs.spark.SharedVector;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.apache.hadoop.fs.Path;
import org.apache.spark.SparkContext;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;

/**
 * The rounds since the last checkpoint: the states of their workers wait in the memory of
 * executors, and what they began from is not freed, so that a worker whose executor is lost is
 * computed again from the checkpoint on, to the same bytes.
 *
 * <p>Executors hold what the last of these rounds left, the driver an anchor for each of them.
 */
public final class OpenRounds {
  private final JavaSparkContext spark;
  private final String training = UUID.randomUUID().toString();
  private final List<SharedVector> anchors = new ArrayList<>();

  /** The last of the rounds, which computes all of them where it is computed anew. */
  private JavaRDD<SlicePart> last;

  private long round;

  /** Workers that the executors could train at once, at most so far. */
  private int mostAtOnce;

  public OpenRounds(JavaSparkContext spark) {
    this.spark = spark;
  }

  /** The name of the training among those whose states this process holds. */
  public String training() {
    return training;
  }

  /**
   * Whether all workers can train at once, so that each finds its state where it waits. Where some
   * wait for a core, executors that are done earlier would take them over, and compute all rounds
   * since the checkpoint again.
   *
   * <p>Asked once before each round. At the first one executors may still be on their way; others
   * are expected for those that are lost later.
   */
  public boolean haveRoomFor(int workers) {
    SparkContext context = spark.sc();
    boolean first = mostAtOnce == 0;
    mostAtOnce =
        Math.max(
            mostAtOnce,
            context.maxNumConcurrentTasks(
                context.resourceProfileManager().defaultResourceProfile()));
    return spark.isLocal() || first || workers <= mostAtOnce;
  }

  /** What the next round's workers go on from: nothing where that is in a checkpoint. */
  JavaRDD<SlicePart> before(int workers) {
    return last != null ? last : spark.parallelize(List.of(), workers);
  }

  /**
   * A round is done whose workers' states are with the executors.
   *
   * @param reports of its workers, in their order
   * @param anchor that it began from; freed here
   */
  public void add(
      RoundPlan plan, RoundJob job, List<WorkerReport.Trained> reports, SharedVector anchor) {
    round = plan.round();
    if (spark.isLocal()) {
      last = job.sent();
      // Executors are not lost without the driver.
      SharedVector.destroy(spark, anchor);
    } else {
      String[] places = reports.stream().map(WorkerReport.Trained::place).toArray(String[]::new);
      last = new PlacedParts(job.sent().rdd(), places).toJavaRDD();
      anchor.leaveExecutors();
      anchors.add(anchor);
    }
  }

  /** Writes the states of the last round's workers into its checkpoint to come. */
  public List<CheckpointFile> save(Storage storage, Path checkpoint) {
    return last.mapPartitionsWithIndex(new SaveTask(storage, checkpoint, training, round), true)
        .collect();
  }

  /**
   * Frees all: their checkpoint is written, or the training ends. What executors of a cluster still
   * hold of a training that has failed goes with the application.
   */
  public void close() {
    last = null;
    ResidentStates.end(training);
    anchors.forEach(anchor -> SharedVector.destroy(spark, anchor));
    anchors.clear();
  }
}
