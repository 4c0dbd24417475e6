package io.chorale.jobs.monitor;

import java.util.Map;
import org.apache.spark.SparkContext;
import org.apache.spark.api.plugin.DriverPlugin;
import org.apache.spark.api.plugin.ExecutorPlugin;
import org.apache.spark.api.plugin.PluginContext;
import org.apache.spark.api.plugin.SparkPlugin;

/**
 * Gives Spark's metrics system gauges of the training and of the memory outside the Java heap, for
 * whatever sinks are configured: Prometheus, JMX, Graphite. A gauge is computed when a sink asks.
 *
 * <p>{@code spark.plugins} names this class; a session of Chorale's own sets that where nobody has.
 */
public final class MetricsPlugin implements SparkPlugin {
  @Override
  public DriverPlugin driverPlugin() {
    return new Driver();
  }

  @Override
  public ExecutorPlugin executorPlugin() {
    return new Executor();
  }

  private static final class Driver implements DriverPlugin {
    private TrainingGauges gauges;

    @Override
    public Map<String, String> init(SparkContext spark, PluginContext context) {
      return Map.of();
    }

    @Override
    public void registerMetrics(String application, PluginContext context) {
      ProcessMemory.register(context.metricRegistry());
      gauges = new TrainingGauges(context.metricRegistry());
    }

    @Override
    public void shutdown() {
      if (gauges != null) {
        gauges.close();
      }
    }
  }

  private static final class Executor implements ExecutorPlugin {
    @Override
    public void init(PluginContext context, Map<String, String> ofDriver) {
      // With a local master the executor is the driver's process, which tells of itself.
      if (!context.executorID().equals("driver")) {
        ProcessMemory.register(context.metricRegistry());
      }
    }
  }
}
