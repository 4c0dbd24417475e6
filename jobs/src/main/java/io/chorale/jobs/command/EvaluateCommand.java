package io.chorale.jobs.command;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.chorale.checkpoint.TrainedModel;
import io.chorale.config.AverageSettings.Format;
import io.chorale.config.DatasetSplit;
import io.chorale.config.Settings;
import io.chorale.config.SettingsException;
import io.chorale.data.Column;
import io.chorale.data.Dataset;
import io.chorale.data.Facts;
import io.chorale.evaluate.ValidTunes;
import io.chorale.generate.TextGenerator;
import io.chorale.io.Storage;
import io.chorale.jobs.evaluate.EvaluateJob;
import io.chorale.jobs.spark.Session;
import io.chorale.jobs.spark.SharedBase;
import io.chorale.jobs.spark.SharedVector;
import io.chorale.task.Task;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code chorale evaluate}: the task's measures of a run over a whole split. */
@Command(name = "evaluate", description = "The measures of a run's model on a split.")
final class EvaluateCommand extends ModelCommand {
  @Option(names = "--json", description = "Print one JSON object.")
  private boolean json;

  @Override
  void run(Settings given) throws Exception {
    try (Session session = openSession()) {
      Storage storage = new Storage(session.context().hadoopConfiguration());
      TrainedModel model = open(storage, given);
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
        double[] sums =
            EvaluateJob.sums(
                session.context(),
                storage,
                model.settings(),
                dataset,
                split,
                parameters,
                SharedBase.NONE,
                true);
        Map<String, Double> measures = new LinkedHashMap<>(task.read(sums, bytes));
        if (given.evaluate().tunes() > 0) {
          measures.put(ValidTunes.NAME, validTunes(model, given.evaluate().tunes()));
        }
        print(split, task, measures, sums, bytes, model.checkpoint().round());
      } finally {
        SharedVector.destroy(session.context(), parameters);
      }
    }
  }

  /** The share of tunes that are valid, of those that this process draws. */
  private static double validTunes(TrainedModel model, int tunes) {
    try (TextGenerator generator = GenerateCommand.generator(model)) {
      return ValidTunes.share(generator, model.settings().generate(), tunes);
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
                checkSameTokenizer(dataset, name, model);
                if (!found.equals(expected) || !there.meansAs(trained)) {
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

  private static void checkSameTokenizer(Dataset dataset, String column, TrainedModel model) {
    String found = dataset.schema().facts(column).tokenizer();
    String expected = model.schema().facts(column).tokenizer();
    if (!found.equals(expected)) {
      String advice =
          model.schema().tokenizers().containsKey(Dataset.TARGET_TOKENIZER)
              ? "tokenizer.target: separate, and tokenizer.file and tokenizer.target-file set to the run's tokenizer.json and target-tokenizer.json"
              : "tokenizer.file set to the run's tokenizer.json";
      throw new SettingsException(
          ("Cannot evaluate on dataset %s: the tokenizer of its column %s has the fingerprint %s,"
                  + " expected %s as the run's. Tokenize with %s.")
              .formatted(dataset.directory(), column, found, expected, advice));
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
      Task task,
      Map<String, Double> measures,
      double[] sums,
      long bytes,
      long round)
      throws Exception {
    String unit = task.predictions();
    long predictions = task.predictions(sums);
    if (json) {
      ObjectNode object = JsonMapper.builder().build().createObjectNode();
      object.put("split", split.key());
      measures.forEach(object::put);
      task.confusion(sums).ifPresent(confusion -> add(confusion, object));
      object.put(unit, predictions);
      object.put("bytes", bytes);
      object.put("round", round);
      addModel(object);
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
              "%s: %s (%,d %s%s, after round %d)%n",
              split.key(),
              told,
              predictions,
              unit,
              bytes > 0 ? ", %,d bytes".formatted(bytes) : "",
              round);
      task.confusion(sums).filter(found -> !found.counts().isEmpty()).ifPresent(this::print);
    }
  }

  /** F1 of each class by its label, and the table of counts where there is one. */
  private static void add(Task.Confusion confusion, ObjectNode object) {
    ObjectNode f1 = object.putObject("f1");
    for (int label = 0; label < confusion.labels().size(); label++) {
      double value = confusion.f1().get(label);
      f1.put(confusion.labels().get(label), Double.isFinite(value) ? value : null);
    }
    if (!confusion.counts().isEmpty()) {
      ArrayNode table = object.putArray("confusion");
      confusion.counts().forEach(row -> row.forEach(table.addArray()::add));
    }
  }

  private void print(Task.Confusion confusion) {
    List<String> told = new ArrayList<>();
    for (int label = 0; label < confusion.labels().size(); label++) {
      double value = confusion.f1().get(label);
      told.add(
          "%s %s"
              .formatted(
                  confusion.labels().get(label),
                  Double.isFinite(value) ? "%.4f".formatted(value) : "-"));
    }
    out().printf("f1 of each label: %s%n", String.join(", ", told));
  }
}
