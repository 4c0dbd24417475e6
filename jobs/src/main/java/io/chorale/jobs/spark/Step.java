package io.chorale.jobs.spark;

import io.chorale.jobs.console.Progress;
import java.util.function.Consumer;
import java.util.function.DoubleSupplier;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.apache.spark.SparkJobInfo;
import org.apache.spark.SparkStageInfo;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.api.java.JavaSparkStatusTracker;

/**
 * A step of a job: what runs until its end bears its name in Spark's own displays, and the user
 * reads how far it is and what it came to.
 */
public final class Step implements AutoCloseable {
  private final JavaSparkContext context;
  private final Progress progress;

  /**
   * Begins a step of which it is known how much there is to do.
   *
   * @param say prints a line
   * @param name such as "Counting documents"
   * @param told how much has been done and how fast, for people
   * @param done how much of all has been done
   */
  public Step(
      JavaSparkContext context,
      Consumer<String> say,
      String name,
      Supplier<String> told,
      LongSupplier done,
      long all) {
    this(context, say, name, told, () -> share(done.getAsLong(), all));
  }

  /** Begins a step that has gone as far as Spark's tasks have. */
  public Step(JavaSparkContext context, Consumer<String> say, String name, Supplier<String> told) {
    this(context, say, name, told, () -> tasksDone(context.statusTracker(), name));
  }

  private Step(
      JavaSparkContext context,
      Consumer<String> say,
      String name,
      Supplier<String> told,
      DoubleSupplier share) {
    this.context = context;
    this.progress = new Progress(say, name, told, share);
    context.setJobGroup(name, name);
  }

  /** Says what the step came to. */
  public void finish(String result) {
    progress.finish(result);
  }

  @Override
  public void close() {
    progress.close();
    if (!context.sc().isStopped()) {
      context.clearJobGroup();
    }
  }

  private static double tasksDone(JavaSparkStatusTracker tracker, String group) {
    long done = 0;
    long all = 0;
    for (int job : tracker.getJobIdsForGroup(group)) {
      SparkJobInfo info = tracker.getJobInfo(job);
      for (int stage : info == null ? new int[0] : info.stageIds()) {
        SparkStageInfo tasks = tracker.getStageInfo(stage);
        if (tasks != null) {
          done += tasks.numCompletedTasks();
          all += tasks.numTasks();
        }
      }
    }
    return share(done, all);
  }

  private static double share(long done, long all) {
    return all == 0 ? 0 : (double) done / all;
  }
}
