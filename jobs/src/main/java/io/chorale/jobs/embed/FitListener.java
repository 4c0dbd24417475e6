package io.chorale.jobs.embed;

import io.chorale.jobs.console.Stopwatch;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerJobEnd;
import org.apache.spark.scheduler.SparkListenerJobStart;
import org.apache.spark.scheduler.SparkListenerTaskEnd;
import scala.jdk.javaapi.CollectionConverters;

/**
 * Follows the jobs of Spark that bear one name: when each ended, and whether all their tasks did at
 * their first try.
 */
final class FitListener extends SparkListener implements AutoCloseable {
  /** Where Spark keeps the name of a job's group. */
  private static final String GROUP = "spark.jobGroup.id";

  /** Events come in their order but late; that long they are waited for. */
  private static final long MOST_SECONDS = 60;

  private final JavaSparkContext spark;
  private final String group;
  private final Stopwatch watch = new Stopwatch();
  private final Set<Integer> jobs = new HashSet<>();
  private final Set<Integer> stages = new HashSet<>();
  private final List<Double> seconds = new ArrayList<>();
  private boolean failed;

  /** Begins to listen; close it. */
  FitListener(JavaSparkContext spark, String group) {
    this.spark = spark;
    this.group = group;
    spark.sc().addSparkListener(this);
  }

  @Override
  public synchronized void onJobStart(SparkListenerJobStart start) {
    if (start.properties() != null && group.equals(start.properties().getProperty(GROUP))) {
      jobs.add(start.jobId());
      CollectionConverters.asJava(start.stageInfos()).forEach(stage -> stages.add(stage.stageId()));
    }
  }

  @Override
  public synchronized void onTaskEnd(SparkListenerTaskEnd end) {
    failed |= stages.contains(end.stageId()) && !end.taskInfo().successful();
  }

  @Override
  public synchronized void onJobEnd(SparkListenerJobEnd end) {
    if (jobs.contains(end.jobId())) {
      seconds.add(watch.lap());
      notifyAll();
    }
  }

  /** Jobs that have ended. */
  synchronized int ended() {
    return seconds.size();
  }

  /**
   * Whether so many jobs ended, and no task of theirs failed or was lost, so that another try would
   * have done its work. Where Spark drops events nobody knows: then not.
   */
  synchronized boolean endedAtOnce(int all) {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(MOST_SECONDS);
    try {
      for (long left = end - System.nanoTime();
          seconds.size() < all && left > 0;
          left = end - System.nanoTime()) {
        TimeUnit.NANOSECONDS.timedWait(this, left);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    return seconds.size() == all && !failed;
  }

  /** The seconds of each job that has ended, with what the driver did before it. */
  synchronized List<Double> seconds() {
    return List.copyOf(seconds);
  }

  @Override
  public void close() {
    spark.sc().removeSparkListener(this);
  }
}
