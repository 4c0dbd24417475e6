package io.chorale.jobs.round;

import io.chorale.checkpoint.CheckpointFile;
import io.chorale.io.Storage;
import io.chorale.jobs.spark.SharedVector;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.apache.hadoop.fs.Path;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;

/**
 * The rounds since the last checkpoint: what their workers left is with the executors, and what
 * they began from is not freed, so that a worker whose executor is lost is computed again from the
 * checkpoint on, to the same bytes.
 *
 * <p>Executors keep what the last of these rounds left, the driver an anchor for each of them.
 */
public final class OpenRounds {
  private final JavaSparkContext spark;
  private final List<SharedVector> anchors = new ArrayList<>();

  /** What workers left after the last of the rounds; null where there is none. */
  private JavaRDD<byte[]> kept;

  public OpenRounds(JavaSparkContext spark) {
    this.spark = spark;
  }

  /** What the next round's workers go on from: nothing where that is in a checkpoint. */
  JavaRDD<byte[]> kept(int workers) {
    return kept != null
        ? kept
        : spark.parallelize(Collections.nCopies(workers, new byte[0]), workers);
  }

  /**
   * A round is done whose workers' states are with the executors.
   *
   * @param anchor that it began from; freed here
   */
  public void add(RoundJob round, SharedVector anchor) {
    forget();
    kept = round.kept();
    if (spark.isLocal()) {
      // Executors are not lost without the driver.
      SharedVector.destroy(spark, anchor);
    } else {
      anchor.leaveExecutors();
      anchors.add(anchor);
    }
  }

  /** Writes the states of the last round's workers into its checkpoint to come. */
  public List<CheckpointFile> save(Storage storage, Path checkpoint) {
    return kept.mapPartitionsWithIndex(new SaveTask(storage, checkpoint), true).collect();
  }

  /** Frees all: their checkpoint is written, or the training ends. */
  public void close() {
    forget();
    anchors.forEach(anchor -> SharedVector.destroy(spark, anchor));
    anchors.clear();
  }

  private void forget() {
    if (kept != null && !spark.sc().isStopped()) {
      kept.unpersist(false);
    }
    kept = null;
  }
}
