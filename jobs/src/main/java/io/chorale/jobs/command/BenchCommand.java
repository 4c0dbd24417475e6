package io.chorale.jobs.command;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.chorale.config.Settings;
import io.chorale.config.SettingsException;
import io.chorale.config.SettingsFile;
import io.chorale.export.PublishedModel;
import io.chorale.io.Storage;
import io.chorale.jobs.bench.SpeedBenchmark;
import io.chorale.jobs.spark.Session;
import java.nio.file.Path;
import java.util.List;
import org.apache.spark.SparkConf;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code chorale bench}: the speed of this machine, see {@link SpeedBenchmark}. */
@Command(
    name = "bench",
    description = "Measure the local loop and the train job on this machine, with synthetic data.")
final class BenchCommand extends SettingsCommand {
  @Option(names = "--json", description = "Print one JSON object.")
  private boolean json;

  @Option(
      names = "--peer",
      paramLabel = "PEER",
      description = "Also measure, in turns: ${COMPLETION-CANDIDATES}; needs python3 with torch.")
  private List<SpeedBenchmark.Peer> peers = List.of();

  @Option(
      names = "--vocabulary",
      paramLabel = "N",
      defaultValue = "65",
      description = "Entries of the vocabulary (default: ${DEFAULT-VALUE}).")
  private int vocabulary;

  @Option(
      names = "--steps",
      paramLabel = "N",
      defaultValue = "60",
      description = "Steps that each party is timed for in a turn (default: ${DEFAULT-VALUE}).")
  private int steps;

  @Option(
      names = "--turns",
      paramLabel = "N",
      defaultValue = "3",
      description = "Turns (default: ${DEFAULT-VALUE}).")
  private int turns;

  @Option(
      names = "--round-seconds",
      paramLabel = "S",
      defaultValue = "10",
      description = "Length of a round of the train job (default: ${DEFAULT-VALUE}).")
  private double roundSeconds;

  @Override
  void run(Settings given) throws Exception {
    atLeast("--vocabulary", vocabulary, 2);
    atLeast("--steps", steps, 1);
    atLeast("--turns", turns, 1);
    atLeast("--round-seconds", roundSeconds, 0);
    // Where the launcher says that Chorale is, or here.
    Path scripts = Path.of(System.getProperty("chorale.home", "."), "scripts");
    SpeedBenchmark benchmark =
        new SpeedBenchmark(
            shaped(given), vocabulary, steps, turns, roundSeconds, peers, scripts.resolve("peers"));
    try (Session session = openSession()) {
      print(benchmark.run(session.context(), this::say));
    }
  }

  /** With the shape of a published model, where one is named: its parameters change no time. */
  private static Settings shaped(Settings given) {
    Storage storage = new Storage(Session.hadoop(new SparkConf()));
    return SettingsFile.with(PublishedModel.settled(storage, given), "model.from=");
  }

  private void say(String line) {
    err().println(line);
    err().flush();
  }

  private static void atLeast(String option, double value, int least) {
    if (!(value >= least)) {
      throw new SettingsException(
          "%s must be at least %d (got: %s)".formatted(option, least, value));
    }
  }

  private void print(ObjectNode result) {
    if (json) {
      out().println(result);
    } else {
      result
          .properties()
          .forEach(field -> out().printf("%-26s %s%n", field.getKey(), field.getValue()));
    }
  }
}
