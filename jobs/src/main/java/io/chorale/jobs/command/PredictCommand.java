package io.chorale.jobs.command;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.chorale.checkpoint.TrainedModel;
import io.chorale.config.Settings;
import io.chorale.io.Storage;
import io.chorale.jobs.console.Amounts;
import io.chorale.jobs.console.Stopwatch;
import io.chorale.jobs.predict.PredictJob;
import io.chorale.jobs.spark.Session;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code chorale predict}: the task's output for every row of files, beside its columns. */
@Command(
    name = "predict",
    description =
        "Predict every row of files with a run's model; predict.* settings say which and where.")
final class PredictCommand extends SettingsCommand {
  @Mixin private CheckpointOption checkpoint;

  @Option(names = "--json", description = "Print one JSON object at the end.")
  private boolean json;

  @Option(names = "--overwrite", description = "Delete predictions that exist.")
  private boolean overwrite;

  @Override
  void run(Settings given) {
    Stopwatch watch = new Stopwatch();
    try (Session session = openSession()) {
      Storage storage = new Storage(session.context().hadoopConfiguration());
      TrainedModel model = open(checkpoint, storage, given);
      PredictJob.Result result =
          new PredictJob(session, storage, model, overwrite, err()::println).run();
      print(given.predict().output(), result, watch.total(), model.checkpoint().round());
    }
  }

  private void print(String output, PredictJob.Result result, double seconds, long round) {
    long predicted = result.rows() - result.refusedRows();
    if (json) {
      ObjectNode object = JsonMapper.builder().build().createObjectNode();
      object.put("output", output);
      object.put("rows", result.rows());
      object.put("predicted", predicted);
      ObjectNode refused = object.putObject("refused");
      result.refused().forEach(refused::put);
      object.put("before", result.before());
      object.put("seconds", seconds);
      object.put("round", round);
      out().println(object);
      return;
    }
    String refused =
        result.refused().entrySet().stream()
            .map(reason -> "%s %s".formatted(Amounts.count(reason.getValue()), reason.getKey()))
            .collect(Collectors.joining(", "));
    out()
        .printf(
            "Predictions %s: %s rows in and out, %s predicted%s%s (%s, after round %d)%n",
            output,
            Amounts.count(result.rows()),
            Amounts.count(predicted),
            refused.isEmpty() ? "" : "; without one: " + refused,
            result.before() == 0
                ? ""
                : "; %s by an earlier run".formatted(Amounts.count(result.before())),
            Amounts.duration(seconds),
            round);
  }
}
