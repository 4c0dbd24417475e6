package io.chorale.jobs.command;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.chorale.checkpoint.TrainedModel;
import io.chorale.config.AverageSettings.Format;
import io.chorale.config.DatasetSplit;
import io.chorale.config.Settings;
import io.chorale.config.SettingsException;
import io.chorale.data.Dataset;
import io.chorale.evaluate.LossSum;
import io.chorale.io.Storage;
import io.chorale.jobs.evaluate.EvaluateJob;
import io.chorale.jobs.spark.Session;
import io.chorale.jobs.spark.SharedVector;
import io.chorale.token.Tokenizers;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code chorale evaluate}: loss, perplexity and bits per byte of a run over a whole split. */
@Command(
    name = "evaluate",
    description = "Loss, perplexity and bits per byte of a run's last checkpoint on a split.")
final class EvaluateCommand extends SettingsCommand {
  @Option(names = "--json", description = "Print one JSON object.")
  private boolean json;

  @Override
  void run(Settings given) throws Exception {
    try (Session session = openSession()) {
      Storage storage = new Storage(session.context().hadoopConfiguration());
      TrainedModel model = TrainedModel.open(storage, given);
      Dataset dataset =
          Dataset.open(storage, Storage.path("data.path", model.settings().data().path()));
      checkTokenizer(dataset, model);
      DatasetSplit split = given.evaluate().split();
      long bytes = dataset.manifest().split(split).bytes();
      EvaluateJob.check(dataset, split);
      SharedVector parameters =
          SharedVector.of(session.context(), model.parameters(), Format.FLOAT32);
      try {
        LossSum loss =
            EvaluateJob.run(
                session.context(), storage, model.settings(), dataset, split, parameters);
        print(split, loss, bytes, model.checkpoint().round());
      } finally {
        SharedVector.destroy(session.context(), parameters);
      }
    }
  }

  private static void checkTokenizer(Dataset dataset, TrainedModel model) {
    String run = Tokenizers.fingerprint(model.tokenizerJson());
    String found = dataset.schema().tokenizer().orElseThrow();
    if (!found.equals(run)) {
      throw new SettingsException(
          ("Cannot evaluate on dataset %s: its tokenizer has the fingerprint %s, expected %s as the"
                  + " run's. Tokenize with tokenizer.file set to the run's tokenizer.json.")
              .formatted(dataset.directory(), found, run));
    }
  }

  private void print(DatasetSplit split, LossSum loss, long bytes, long round) throws Exception {
    if (json) {
      ObjectNode object = JsonMapper.builder().build().createObjectNode();
      object.put("split", split.key());
      object.put("loss", loss.mean());
      object.put("perplexity", loss.perplexity());
      object.put("bits_per_byte", loss.bitsPerByte(bytes));
      object.put("tokens", loss.tokens());
      object.put("bytes", bytes);
      object.put("round", round);
      out().println(object);
    } else {
      out()
          .printf(
              "%s: loss %.4f nats a token, perplexity %.2f, %.4f bits a byte"
                  + " (%,d tokens, %,d bytes, after round %d)%n",
              split.key(),
              loss.mean(),
              loss.perplexity(),
              loss.bitsPerByte(bytes),
              loss.tokens(),
              bytes,
              round);
    }
  }
}
