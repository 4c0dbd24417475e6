package io.chorale.jobs.command;

import io.chorale.config.Settings;
import io.chorale.io.Storage;
import io.chorale.jobs.monitor.LiveTraining;
import io.chorale.jobs.monitor.Outcome;
import io.chorale.jobs.round.RoundJob;
import io.chorale.jobs.spark.Session;
import io.chorale.jobs.train.TrainJob;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Command;

/** {@code chorale train}: trains, or goes on from the last committed round of the same run. */
@Command(
    name = "train",
    description = "Train, or go on from the last committed round of the same run directory.")
final class TrainCommand extends SettingsCommand {
  @Override
  List<String> models(Settings given) {
    return List.of("embeddings.from", "train.from");
  }

  @Override
  boolean watched() {
    return true;
  }

  @Override
  Optional<Outcome> outcome(Settings settings, String outcome, String reason) {
    return Optional.of(Outcome.ofTraining("train", outcome, settings.run().path(), reason));
  }

  @Override
  void run(Settings settings) {
    LiveTraining.reset();
    try (Session session = openSession(RoundJob.SPARK)) {
      Storage storage = new Storage(session.context().hadoopConfiguration());
      TrainJob.train(session.context(), storage, settings, err());
    }
  }
}
