package io.chorale.jobs.cluster;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Map;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.SparkConf;
import org.apache.spark.SparkContext;
import org.apache.spark.api.plugin.DriverPlugin;
import org.apache.spark.api.plugin.ExecutorPlugin;
import org.apache.spark.api.plugin.PluginContext;
import org.apache.spark.api.plugin.SparkPlugin;

/** Tells executors who the driver is, and a {@link Fault} when tasks begin. */
public final class FaultPlugin implements SparkPlugin {
  private static final String DRIVER = "driver";

  @Override
  public DriverPlugin driverPlugin() {
    return new DriverPlugin() {
      @Override
      public Map<String, String> init(SparkContext context, PluginContext plugin) {
        return Map.of(DRIVER, String.valueOf(ProcessHandle.current().pid()));
      }
    };
  }

  @Override
  public ExecutorPlugin executorPlugin() {
    return new ExecutorPlugin() {
      private Fault fault;

      @Override
      public void init(PluginContext plugin, Map<String, String> fromDriver) {
        Fault.driver = Long.parseLong(fromDriver.get(DRIVER));
        fault = Fault.from(hadoop(plugin.conf()));
      }

      @Override
      public void onTaskStart() {
        try {
          fault.taskBegins();
        } catch (IOException e) {
          throw new UncheckedIOException(e);
        }
      }
    };
  }

  private static Configuration hadoop(SparkConf conf) {
    Configuration settings = new Configuration(false);
    for (scala.Tuple2<String, String> setting : conf.getAllWithPrefix("spark.hadoop.")) {
      settings.set(setting._1(), setting._2());
    }
    return settings;
  }
}
