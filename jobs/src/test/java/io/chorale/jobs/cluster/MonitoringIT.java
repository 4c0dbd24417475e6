package io.chorale.jobs.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The gauges that executors of a cluster give, as a sink of Spark's writes them. */
class MonitoringIT {
  @TempDir Path temporary;

  @Test
  void executorsTellOfTheirMemory() throws Exception {
    Path gauges = Files.createDirectories(temporary.resolve("gauges"));
    try (Cluster cluster = new Cluster(temporary.resolve("cluster"), Map.of(), "--workers=2")) {
      ClusterTraining training =
          new ClusterTraining(cluster.master(), temporary.resolve("training"))
              .with("spark.metrics.namespace", "chorale")
              .with(
                  "spark.metrics.conf.executor.sink.csv.class",
                  "org.apache.spark.metrics.sink.CsvSink")
              .with("spark.metrics.conf.executor.sink.csv.period", "1")
              .with("spark.metrics.conf.executor.sink.csv.unit", "seconds")
              .with("spark.metrics.conf.executor.sink.csv.directory", gauges.toString());
      Script.Result trained = training.run();
      assertEquals(0, trained.exitCode(), trained.text());
    }

    for (String executor : List.of("0", "1")) {
      for (String gauge : List.of("resident_bytes", "native_bytes")) {
        Path file =
            gauges.resolve(
                "chorale.%s.plugin.io.chorale.jobs.monitor.MetricsPlugin.%s.csv"
                    .formatted(executor, gauge));
        List<String> lines = Files.readAllLines(file);
        String last = lines.get(lines.size() - 1);
        assertTrue(Double.parseDouble(last.split(",")[1]) > 20e6, file + ": " + last);
      }
    }
  }
}
