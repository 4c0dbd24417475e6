package io.chorale.jobs.command;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.chorale.checkpoint.TrainedModel;
import io.chorale.config.AverageSettings.Format;
import io.chorale.config.DatasetSplit;
import io.chorale.config.Settings;
import io.chorale.config.SettingsException;
import io.chorale.data.Column;
import io.chorale.data.Dataset;
import io.chorale.data.Facts;
import io.chorale.io.Storage;
import io.chorale.jobs.evaluate.EvaluateJob;
import io.chorale.jobs.spark.Session;
import io.chorale.jobs.spark.SharedVector;
import io.chorale.task.Task;
import java.util.Map;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code chorale evaluate}: the task's measures of a run over a whole split. */
@Command(name = "evaluate", description = "The measures of a run's model on a split.")
final class EvaluateCommand extends SettingsCommand {
  @Mixin private CheckpointOption checkpoint;

  @Option(names = "--json", description = "Print one JSON object.")
  private boolean json;

  @Override
  void run(Settings given) throws Exception {
    try (Session session = openSession()) {
      Storage storage = new Storage(session.context().hadoopConfiguration());
      TrainedModel model = checkpoint.open(storage, given);
      Dataset dataset =
          Dataset.open(storage, Storage.path("data.path", model.settings().data().path()));
      checkSameColumns(dataset, model);
      DatasetSplit split = given.evaluate().split();
      long bytes = dataset.manifest().split(split).bytes();
      Task task = model.task();
      EvaluateJob.check(task, dataset, split);
      SharedVector parameters =
          SharedVector.of(session.context(), model.parameters(), Format.FLOAT32);
      try {
        Map<String, Double> measures =
            EvaluateJob.run(
                session.context(), storage, model.settings(), dataset, split, parameters, true);
        long predictions = EvaluateJob.predictions(task, dataset, split);
        print(split, measures, task.predictions(), predictions, bytes, model.checkpoint().round());
      } finally {
        SharedVector.destroy(session.context(), parameters);
      }
    }
  }

  /**
   * Ids, classes and scales must mean what they meant to the run, in the columns that the task
   * reads. One that is missing is the task's to refuse.
   */
  private static void checkSameColumns(Dataset dataset, TrainedModel model) {
    for (String name : model.task().feed().columns()) {
      Column expected = model.schema().column(name);
      dataset
          .schema()
          .find(name)
          .ifPresent(
              found -> {
                Facts there = dataset.schema().facts(name);
                Facts trained = model.schema().facts(name);
                checkSameTokenizer(dataset, there.tokenizer(), trained.tokenizer());
                if (!found.equals(expected) || !there.equals(trained)) {
                  throw new SettingsException(
                      ("Cannot evaluate on dataset %s: its column %s has %s, expected %s as the"
                              + " run's. Take the run's own dataset, or one with the same columns.")
                          .formatted(
                              dataset.directory(),
                              name,
                              meaning(found, there),
                              meaning(expected, trained)));
                }
              });
    }
  }

  private static void checkSameTokenizer(Dataset dataset, String found, String expected) {
    if (!found.equals(expected)) {
      throw new SettingsException(
          ("Cannot evaluate on dataset %s: its tokenizer has the fingerprint %s, expected %s as the"
                  + " run's. Tokenize with tokenizer.file set to the run's tokenizer.json.")
              .formatted(dataset.directory(), found, expected));
    }
  }

  private static String meaning(Column column, Facts facts) {
    if (!facts.labels().isEmpty()) {
      return "the labels " + String.join(", ", facts.labels());
    }
    String scale =
        facts.mean().isEmpty()
            ? ""
            : ", means %s and deviations %s".formatted(facts.mean(), facts.deviation());
    return "kind %s and size %d%s".formatted(column.kind().key(), column.size(), scale);
  }

  private void print(
      DatasetSplit split,
      Map<String, Double> measures,
      String unit,
      long predictions,
      long bytes,
      long round)
      throws Exception {
    if (json) {
      ObjectNode object = JsonMapper.builder().build().createObjectNode();
      object.put("split", split.key());
      measures.forEach(object::put);
      object.put(unit, predictions);
      object.put("bytes", bytes);
      object.put("round", round);
      out().println(object);
    } else {
      String told =
          measures.entrySet().stream()
              .map(
                  measure ->
                      "%s %.4f".formatted(measure.getKey().replace('_', ' '), measure.getValue()))
              .collect(Collectors.joining(", "));
      out()
          .printf(
              "%s: %s (%,d %s, %,d bytes, after round %d)%n",
              split.key(), told, predictions, unit, bytes, round);
    }
  }
}
