package io.chorale.jobs.spark;

import io.chorale.config.ChoraleException;
import io.chorale.jobs.console.Stopwatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.apache.spark.SparkContext;

/**
 * Ends work for which a cluster has no executor left, or never had one: Spark itself would wait for
 * ever. While no job runs none is needed, so that is not counted.
 */
final class ExecutorWatch implements AutoCloseable {
  private static final String TAG = "chorale-watched";

  private final SparkContext context;
  private final int seconds;
  private final ScheduledExecutorService timer =
      Executors.newSingleThreadScheduledExecutor(
          work -> {
            Thread thread = new Thread(work, "executor watch");
            thread.setDaemon(true);
            return thread;
          });

  /** Since work waits without executors; null while it does not. */
  private Stopwatch waiting;

  private volatile boolean gaveUp;

  /**
   * Watches over the jobs that the calling thread starts from now on.
   *
   * @param seconds for which work may wait
   */
  ExecutorWatch(SparkContext context, int seconds) {
    this.context = context;
    this.seconds = seconds;
    context.addJobTag(TAG);
    Future<?> unused = timer.scheduleWithFixedDelay(this::look, 1, 1, TimeUnit.SECONDS);
  }

  private void look() {
    // The driver is one of those that Spark lists.
    boolean none = context.statusTracker().getExecutorInfos().length <= 1;
    if (!none || context.statusTracker().getActiveJobIds().length == 0) {
      waiting = null;
    } else if (waiting == null) {
      waiting = new Stopwatch();
    } else if (waiting.total() >= seconds) {
      gaveUp = true;
      context.cancelJobsWithTag(TAG);
    }
  }

  /**
   * What to tell the user of a failure: of this watch where it gave up, else the failure itself.
   */
  Exception explained(Exception failure) {
    return gaveUp
        ? new ChoraleException(
            ("Cannot go on: for %d seconds the cluster has given no executor, expected at least one."
                    + " Check that its workers run and offer what spark.executor.memory and"
                    + " spark.executor.cores ask for (run.executor-wait sets how long to wait), then"
                    + " run the same command again.")
                .formatted(seconds),
            failure)
        : failure;
  }

  @Override
  public void close() {
    timer.shutdownNow();
    if (!context.isStopped()) {
      context.removeJobTag(TAG);
    }
  }
}
