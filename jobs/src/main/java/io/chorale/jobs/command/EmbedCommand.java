package io.chorale.jobs.command;

import io.chorale.checkpoint.TrainedModel;
import io.chorale.config.RowSettings;
import io.chorale.config.Settings;
import io.chorale.io.Storage;
import io.chorale.jobs.predict.RowsJob;
import io.chorale.jobs.spark.Session;
import java.util.function.Consumer;
import picocli.CommandLine.Command;

/** {@code chorale embed}: a vector for every row of files, beside its columns. */
@Command(
    name = "embed",
    description =
        "Make a vector of every row of files with a run's model; embed.* settings say which and"
            + " where.")
final class EmbedCommand extends RowsCommand {
  EmbedCommand() {
    super("Vectors", "embedded");
  }

  @Override
  RowSettings told(Settings settings) {
    return settings.embed();
  }

  @Override
  RowsJob job(
      Session session,
      Storage storage,
      TrainedModel model,
      boolean overwrite,
      Consumer<String> say) {
    return RowsJob.embedding(session, storage, model, overwrite, say);
  }
}
