package io.chorale.jobs.spark;

import io.chorale.config.ChoraleException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeoutException;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerStageSubmitted;
import org.apache.spark.scheduler.SparkListenerTaskEnd;

/** Listens how long tasks take that do the parts of {@link PartStage}s. */
public final class StageTimes extends SparkListener implements AutoCloseable {
  private static final double MILLIS = 1e3;
  private static final long EVENTS_MILLIS = 60_000;

  private final JavaSparkContext context;

  /** By the number of a stage in Spark: seconds of its parts, in the order of their ends. */
  private final Map<Integer, Map<Integer, Double>> stages = new ConcurrentHashMap<>();

  /** Begins to listen; close it. */
  public StageTimes(JavaSparkContext context) {
    this.context = context;
    context.sc().addSparkListener(this);
  }

  @Override
  public void onStageSubmitted(SparkListenerStageSubmitted submitted) {
    if (submitted.properties().getProperty(PartStage.PROPERTY) != null) {
      stages.put(submitted.stageInfo().stageId(), new LinkedHashMap<>());
    }
  }

  @Override
  public void onTaskEnd(SparkListenerTaskEnd end) {
    Map<Integer, Double> seconds = stages.get(end.stageId());
    // Of a task that failed before, or ran twice, the first one counts that did its part.
    if (seconds != null && end.taskInfo().successful() && end.taskMetrics() != null) {
      synchronized (seconds) {
        seconds.putIfAbsent(end.taskInfo().index(), end.taskMetrics().executorRunTime() / MILLIS);
      }
    }
  }

  /**
   * The seconds that a core would take for all parts of the stages that have so many, were it warm
   * from the first one on: by the median of the later half of the tasks of each.
   *
   * <p>Waits for what Spark has not told yet.
   *
   * @param parts of a stage; others are left out
   */
  public double coreSeconds(int parts) {
    awaitEvents();
    double sum = 0;
    for (Map<Integer, Double> seconds : stages.values()) {
      synchronized (seconds) {
        if (seconds.size() == parts) {
          sum += warm(List.copyOf(seconds.values()));
        }
      }
    }
    return sum;
  }

  /** The seconds of tasks, by the median of the later half of them. */
  static double warm(List<Double> inOrder) {
    int count = inOrder.size();
    double[] later = inOrder.stream().skip(count / 2).mapToDouble(d -> d).sorted().toArray();
    return count * later[later.length / 2];
  }

  private void awaitEvents() {
    try {
      context.sc().listenerBus().waitUntilEmpty(EVENTS_MILLIS);
    } catch (TimeoutException e) {
      throw new ChoraleException(
          "Cannot estimate the time: Spark has not told within %d s how long its tasks took, expected less than a second. Run again."
              .formatted(EVENTS_MILLIS / 1000),
          e);
    }
  }

  @Override
  public void close() {
    context.sc().removeSparkListener(this);
  }
}
