package io.chorale.jobs.spark;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerStageSubmitted;
import org.apache.spark.scheduler.SparkListenerTaskEnd;

/** Listens how long tasks take that do the parts of {@link PartStage}s. */
public final class StageTimes extends SparkListener implements AutoCloseable {
  private static final double MILLIS = 1e3;

  private final JavaSparkContext context;

  /** Seconds of its tasks in the order of their ends, by the number of a stage in Spark. */
  private final Map<Integer, List<Double>> stages = new ConcurrentHashMap<>();

  /** Begins to listen; close it. */
  public StageTimes(JavaSparkContext context) {
    this.context = context;
    context.sc().addSparkListener(this);
  }

  @Override
  public void onStageSubmitted(SparkListenerStageSubmitted submitted) {
    if (submitted.properties().getProperty(PartStage.PROPERTY) != null) {
      stages.put(submitted.stageInfo().stageId(), new ArrayList<>());
    }
  }

  @Override
  public void onTaskEnd(SparkListenerTaskEnd end) {
    List<Double> seconds = stages.get(end.stageId());
    if (seconds != null && end.taskMetrics() != null) {
      synchronized (seconds) {
        seconds.add(end.taskMetrics().executorRunTime() / MILLIS);
      }
    }
  }

  /**
   * The seconds that a core would take for all parts of the stages that have so many, were it warm
   * from the first one on: by the median of the later half of the tasks of each.
   *
   * @param parts of a stage; others are left out
   */
  public double coreSeconds(int parts) {
    double sum = 0;
    for (List<Double> seconds : stages.values()) {
      synchronized (seconds) {
        if (seconds.size() == parts) {
          double[] later = seconds.stream().skip(parts / 2).mapToDouble(d -> d).sorted().toArray();
          sum += parts * later[later.length / 2];
        }
      }
    }
    return sum;
  }

  @Override
  public void close() {
    context.sc().removeSparkListener(this);
  }
}
