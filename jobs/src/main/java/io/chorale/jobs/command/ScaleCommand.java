package io.chorale.jobs.command;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.chorale.config.Settings;
import io.chorale.config.SettingsException;
import io.chorale.io.RegularFiles;
import io.chorale.io.Storage;
import io.chorale.jobs.bench.DriverCost;
import io.chorale.jobs.bench.DriverCost.Point;
import io.chorale.jobs.console.Amounts;
import io.chorale.jobs.plan.Traffic;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * {@code chorale scale}: from measured averagings, what a round costs with more workers than there
 * are at hand. Traffic is arithmetic; the driver's processor time is a {@link DriverCost}, fitted
 * to all measured rounds but those with most workers, and checked against these.
 */
@Command(
    name = "scale",
    description =
        "Predict driver and traffic of a round with many workers, from what bench-averaging"
            + " measured, and say how well that predicts the largest measured rounds.")
final class ScaleCommand extends SettingsCommand {
  private static final double MEGABIT = 1e6;

  @Option(
      names = "--measured",
      paramLabel = "FILE",
      required = true,
      description = "What \"chorale bench-averaging --json\" printed, best on a cluster.")
  private Path measured;

  @Option(
      names = "--workers",
      paramLabel = "K",
      defaultValue = "1000",
      description = "Workers to predict for (default: ${DEFAULT-VALUE}).")
  private int workers;

  @Option(
      names = "--parameters",
      paramLabel = "P",
      split = ",",
      defaultValue = "1000000,10000000,100000000,600000000",
      description = "Numbers of parameters to predict for (default: ${DEFAULT-VALUE}).")
  private List<Long> parameters;

  @Option(
      names = "--bandwidth",
      paramLabel = "MBIT",
      defaultValue = "1000",
      description = "Rate of each machine's link, Mbit/s (default: ${DEFAULT-VALUE}).")
  private double bandwidth;

  @Override
  void run(Settings settings) throws Exception {
    if (workers < 1 || parameters.stream().anyMatch(number -> number < 1) || !(bandwidth > 0)) {
      throw new SettingsException(
          "--workers, --parameters and --bandwidth must be at least 1 (got: %d, %s, %s)"
              .formatted(workers, parameters, bandwidth));
    }
    List<Point> points = points();
    int most = points.stream().mapToInt(Point::workers).max().orElse(0);
    List<Point> known = points.stream().filter(point -> point.workers() < most).toList();
    DriverCost model;
    try {
      model = DriverCost.fit(known);
    } catch (IllegalArgumentException e) {
      throw new SettingsException(
          "Cannot predict from %s: %s, expected rounds with three numbers of workers and two of parameters at least. Measure more."
              .formatted(measured, e.getMessage()),
          e);
    }
    double[] milliseconds = model.milliseconds();
    out()
        .printf(
            "driver: %.1f ms a round, %.2f ms a worker, %.1f ms a million parameters%n",
            milliseconds[0], milliseconds[1], milliseconds[2]);
    for (Point point : points) {
      if (point.workers() == most) {
        double predicted = model.cpuSeconds(point.parameters(), point.workers());
        out()
            .printf(
                "check: %,d workers, %,d parameters: predicted %.2f s, measured %.2f s: %.2f%n",
                point.workers(),
                point.parameters(),
                predicted,
                point.cpuSeconds(),
                predicted / point.cpuSeconds());
      }
    }
    out()
        .printf(
            "%n%,d workers, a machine each, links of %,.0f Mbit/s%n%12s %10s %11s %11s %11s %11s %11s%n",
            workers,
            bandwidth,
            "parameters",
            "driver CPU",
            "driver in",
            "driver out",
            "shuffle",
            "a worker",
            "transfer");
    for (long p : parameters) {
      print(settings, model, p);
    }
  }

  private void print(Settings settings, DriverCost model, long p) {
    Traffic traffic = Traffic.of(settings.average(), p, workers, workers);
    out()
        .printf(
            "%,12d %8.2f s %11s %11s %11s %11s %9.2f s%n",
            p,
            model.cpuSeconds(p, workers),
            Amounts.bytes(traffic.collected()),
            Amounts.bytes(traffic.anchor()),
            Amounts.bytes(traffic.sent()),
            Amounts.bytes(traffic.sent() / workers),
            traffic.seconds(bandwidth * MEGABIT));
  }

  private List<Point> points() {
    RegularFiles.check(measured.toFile());
    try {
      JsonNode rows = JsonMapper.builder().build().readTree(Files.readString(measured));
      List<Point> points = new ArrayList<>();
      for (JsonNode row : rows) {
        points.add(
            new Point(
                row.required("parameters").asLong(),
                row.required("workers").asInt(),
                row.required("cpu_seconds").asDouble()));
      }
      return points;
    } catch (IllegalArgumentException | JsonProcessingException e) {
      throw unreadable("it is not what bench-averaging --json prints", e);
    } catch (IOException e) {
      throw unreadable(Storage.reason(e), e);
    }
  }

  private SettingsException unreadable(String found, Exception cause) {
    return new SettingsException(
        "Cannot read %s: %s, expected the rows of \"chorale bench-averaging --json\". Correct --measured."
            .formatted(measured, found),
        cause);
  }
}
