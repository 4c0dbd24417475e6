package io.chorale.jobs.command;

import io.chorale.checkpoint.TrainedModel;
import io.chorale.config.RowSettings;
import io.chorale.config.Settings;
import io.chorale.io.Storage;
import io.chorale.jobs.predict.RowsJob;
import io.chorale.jobs.spark.Session;
import java.util.Optional;
import picocli.CommandLine.Command;

/** {@code chorale predict}: the task's output for every row of files, beside its columns. */
@Command(
    name = "predict",
    description =
        "Predict every row of files with a run's model; predict.* settings say which and where.")
final class PredictCommand extends RowsCommand {
  PredictCommand() {
    super("Predictions", "predicted");
  }

  @Override
  RowSettings told(Settings settings) {
    return settings.predict();
  }

  @Override
  Job job(Session session, Storage storage, Settings given) {
    TrainedModel model = open(storage, given);
    return new Job(
        RowsJob.predicting(session, storage, model, overwrites(), err()::println),
        Optional.of(model.checkpoint().round()));
  }
}
