package io.chorale.jobs.tokenize;

import io.chorale.jobs.console.Progress;
import io.chorale.jobs.spark.Tally;
import java.util.function.Consumer;
import java.util.function.ToDoubleFunction;
import org.apache.spark.SparkJobInfo;
import org.apache.spark.SparkStageInfo;
import org.apache.spark.api.java.JavaSparkContext;

/** A step of the job: Spark's jobs carry its name, and its progress is told while it runs. */
final class Step implements AutoCloseable {
  private final JavaSparkContext context;
  private final String name;
  private final Tally tally;
  private final Progress progress;

  /**
   * Begins the step; close it.
   *
   * @param say prints a line
   * @param details that follow the name, for people
   * @param share of the work that has been done, from 0 to 1
   */
  Step(
      JavaSparkContext context,
      Consumer<String> say,
      String name,
      String details,
      ToDoubleFunction<Step> share) {
    this.context = context;
    this.name = name;
    this.tally = new Tally(context);
    context.setJobGroup(name, name);
    this.progress =
        new Progress(say, name + details, tally::toString, () -> share.applyAsDouble(this));
  }

  /** Counts what its tasks do. */
  Tally tally() {
    return tally;
  }

  /** The share of its tasks that have ended. */
  double tasksDone() {
    long done = 0;
    long all = 0;
    for (int job : context.statusTracker().getJobIdsForGroup(name)) {
      SparkJobInfo info = context.statusTracker().getJobInfo(job);
      for (int stage : info == null ? new int[0] : info.stageIds()) {
        SparkStageInfo tasks = context.statusTracker().getStageInfo(stage);
        if (tasks != null) {
          done += tasks.numCompletedTasks();
          all += tasks.numTasks();
        }
      }
    }
    return share(done, all);
  }

  /** Says what the step came to. */
  void finish(String result) {
    progress.finish(result);
  }

  @Override
  public void close() {
    progress.close();
    tally.close();
  }

  static double share(long done, long all) {
    return all == 0 ? 0 : (double) done / all;
  }
}
