package io.chorale.jobs.command;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.chorale.config.RowSettings;
import io.chorale.config.Settings;
import io.chorale.io.Storage;
import io.chorale.jobs.console.Amounts;
import io.chorale.jobs.console.Stopwatch;
import io.chorale.jobs.predict.RowsJob;
import io.chorale.jobs.spark.Session;
import java.io.IOException;
import java.util.Optional;
import java.util.stream.Collectors;
import picocli.CommandLine.Option;

/** A command that puts every row of files through the model of a run. */
abstract class RowsCommand extends ModelCommand {
  private final String noun;
  private final String done;

  @Option(names = "--json", description = "Print one JSON object at the end.")
  private boolean json;

  @Option(names = "--overwrite", description = "Delete results that exist.")
  private boolean overwrite;

  /**
   * A command.
   *
   * @param noun what it makes: {@code Predictions}
   * @param done what it has done with rows: {@code predicted}
   */
  RowsCommand(String noun, String done) {
    this.noun = noun;
    this.done = done;
  }

  /** The command's own settings. */
  abstract RowSettings told(Settings settings);

  /**
   * A job, and where its model comes from.
   *
   * @param round of the checkpoint; none where it is no run's
   */
  record Job(RowsJob rows, Optional<Long> round) {}

  /** The command's job. */
  abstract Job job(Session session, Storage storage, Settings given);

  /** Whether results are printed as JSON. */
  final boolean json() {
    return json;
  }

  /** Whether results that are there already are deleted. */
  final boolean overwrites() {
    return overwrite;
  }

  @Override
  void run(Settings given) throws IOException {
    Stopwatch watch = new Stopwatch();
    try (Session session = openSession()) {
      Storage storage = new Storage(session.context().hadoopConfiguration());
      Job job = job(session, storage, given);
      RowsJob.Result result = job.rows().run();
      print(told(given).output(), result, watch.total(), job.round());
    }
  }

  private void print(String output, RowsJob.Result result, double seconds, Optional<Long> round) {
    long made = result.rows() - result.refusedRows();
    if (json) {
      ObjectNode object = JsonMapper.builder().build().createObjectNode();
      object.put("output", output);
      object.put("rows", result.rows());
      object.put(done, made);
      ObjectNode refused = object.putObject("refused");
      result.refused().forEach(refused::put);
      object.put("before", result.before());
      object.put("seconds", seconds);
      round.ifPresent(number -> object.put("round", number));
      addModel(object);
      out().println(object);
      return;
    }
    String refused =
        result.refused().entrySet().stream()
            .map(reason -> "%s %s".formatted(Amounts.count(reason.getValue()), reason.getKey()))
            .collect(Collectors.joining(", "));
    out()
        .printf(
            "%s %s: %s rows in and out, %s %s%s%s (%s%s)%n",
            noun,
            output,
            Amounts.count(result.rows()),
            Amounts.count(made),
            done,
            refused.isEmpty() ? "" : "; without one: " + refused,
            result.before() == 0
                ? ""
                : "; %s by an earlier run".formatted(Amounts.count(result.before())),
            Amounts.duration(seconds),
            round.map(", after round %d"::formatted).orElse(""));
  }
}
