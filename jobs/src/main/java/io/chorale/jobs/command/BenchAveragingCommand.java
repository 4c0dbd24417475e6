package io.chorale.jobs.command;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.chorale.config.AverageSettings.Format;
import io.chorale.config.Settings;
import io.chorale.config.SettingsException;
import io.chorale.jobs.bench.AveragingBenchmark;
import io.chorale.jobs.bench.AveragingBenchmark.Round;
import io.chorale.jobs.round.RoundJob;
import io.chorale.jobs.spark.Session;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * {@code chorale bench-averaging}: seconds, bytes and memory of a round without its local steps, by
 * parameters, workers and format; medians over turns.
 */
@Command(
    name = "bench-averaging",
    description = "Measure what a round costs beside the local steps, with synthetic parameters.")
final class BenchAveragingCommand extends SettingsCommand {
  private static final double ROUND_SECONDS = 30;
  private static final long WARMUP = 1_000_000;

  @Option(names = "--json", description = "Print one JSON array.")
  private boolean json;

  @Option(
      names = "--parameters",
      paramLabel = "P",
      split = ",",
      defaultValue = "1000000,10000000",
      description = "Numbers of parameters (default: ${DEFAULT-VALUE}).")
  private List<Long> parameters;

  @Option(
      names = "--workers",
      paramLabel = "K",
      split = ",",
      defaultValue = "2,4",
      description = "Numbers of workers (default: ${DEFAULT-VALUE}).")
  private List<Integer> workers;

  @Option(
      names = "--send",
      paramLabel = "FORMAT",
      split = ",",
      description = "Formats, as average.send (default: the one that is set).")
  private List<String> formats = List.of();

  @Option(
      names = "--turns",
      paramLabel = "N",
      defaultValue = "3",
      description = "Rounds of each case (default: ${DEFAULT-VALUE}).")
  private int turns;

  @Override
  void run(Settings settings) throws Exception {
    List<Format> sends =
        formats.isEmpty()
            ? List.of(settings.average().send())
            : formats.stream().map(BenchAveragingCommand::format).toList();
    if (turns < 1
        || parameters.stream().anyMatch(number -> number < 1)
        || workers.stream().anyMatch(number -> number < 1)) {
      throw new SettingsException(
          "--parameters, --workers and --turns must be at least 1 (got: %s, %s, %d)"
              .formatted(parameters, workers, turns));
    }
    ObjectMapper mapper = JsonMapper.builder().build();
    ArrayNode rows = mapper.createArrayNode();
    if (!json) {
      out()
          .printf(
              "%12s %3s %-9s %8s %8s %8s %8s %8s %8s %9s %9s %7s %7s %7s%n",
              "parameters",
              "K",
              "send",
              "share s",
              "work s",
              "mean s",
              "round s",
              "of 30 s",
              "up MB",
              "mean MB",
              "down MB",
              "/disk",
              "heap MB",
              "RSS MB");
    }
    try (Session session = openSession(RoundJob.SPARK)) {
      // The first round of a JVM is slow for reasons that no later one has.
      new AveragingBenchmark(session.context(), settings.average(), sends.get(0), WARMUP, 2)
          .round();
      for (long p : parameters) {
        for (int k : workers) {
          for (Format send : sends) {
            ObjectNode row = measure(session, settings, p, k, send, rows.addObject());
            if (!json) {
              print(row);
            }
          }
        }
      }
    }
    if (json) {
      out().println(rows);
    }
  }

  private static Format format(String name) {
    try {
      return Format.valueOf(name.toUpperCase(Locale.ROOT));
    } catch (IllegalArgumentException e) {
      throw new SettingsException(
          "--send must be float32, bfloat16, int8 or int4 (got: " + name + ")", e);
    }
  }

  private ObjectNode measure(
      Session session, Settings settings, long p, int k, Format send, ObjectNode row)
      throws Exception {
    AveragingBenchmark benchmark =
        new AveragingBenchmark(session.context(), settings.average(), send, p, k);
    List<Round> rounds = new ArrayList<>();
    for (int turn = 0; turn < turns; turn++) {
      rounds.add(benchmark.round());
    }
    double seconds = median(rounds, Round::seconds);
    row.put("parameters", p);
    row.put("workers", k);
    row.put("send", send.name().toLowerCase(Locale.ROOT));
    row.put("share_seconds", median(rounds, Round::shareSeconds));
    row.put("worker_seconds", median(rounds, Round::workerSeconds));
    row.put("average_seconds", median(rounds, Round::averageSeconds));
    row.put("round_seconds", seconds);
    row.put("cpu_seconds", median(rounds, Round::cpuSeconds));
    row.put("share_of_30_seconds", seconds / ROUND_SECONDS);
    row.put("bytes_up", rounds.get(0).bytesUp());
    row.put("bytes_averaged", rounds.get(0).bytesAveraged());
    row.put("bytes_down", rounds.get(0).bytesDown());
    row.put("against_copy", seconds / median(rounds, Round::copySeconds));
    row.put("against_disk", seconds / median(rounds, Round::diskSeconds));
    row.put("heap_peak_bytes", (long) median(rounds, round -> (double) round.heapPeak()));
    row.put("resident_peak_bytes", (long) median(rounds, round -> (double) round.residentPeak()));
    return row;
  }

  private static double median(List<Round> rounds, ToDoubleFunction<Round> value) {
    double[] sorted = rounds.stream().mapToDouble(value).sorted().toArray();
    return sorted[sorted.length / 2];
  }

  private void print(ObjectNode row) {
    out()
        .printf(
            "%,12d %3d %-9s %8.3f %8.3f %8.3f %8.3f %8.3f %7.1f%% %8.1f %9.1f %9.1f %7.1f %7.0f %7.0f%n",
            row.get("parameters").asLong(),
            row.get("workers").asInt(),
            row.get("send").asText(),
            row.get("share_seconds").asDouble(),
            row.get("worker_seconds").asDouble(),
            row.get("average_seconds").asDouble(),
            row.get("round_seconds").asDouble(),
            row.get("cpu_seconds").asDouble(),
            100 * row.get("share_of_30_seconds").asDouble(),
            row.get("bytes_up").asLong() * 1e-6,
            row.get("bytes_averaged").asLong() * 1e-6,
            row.get("bytes_down").asLong() * 1e-6,
            row.get("against_disk").asDouble(),
            row.get("heap_peak_bytes").asLong() * 1e-6,
            row.get("resident_peak_bytes").asLong() * 1e-6);
    out().flush();
  }
}
