package io.chorale.checkpoint;

import io.chorale.config.Settings;
import io.chorale.config.SettingsException;
import io.chorale.config.SettingsFile;
import io.chorale.data.Column;
import io.chorale.data.Dataset;
import io.chorale.data.Schema;
import io.chorale.io.FloatVector;
import io.chorale.io.Storage;
import io.chorale.task.Task;
import io.chorale.token.Tokenizers;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * The trained model whose parameters another training begins from ({@code train.from}). Of its
 * training nothing else goes on: the optimizer and the learning rate begin anew.
 *
 * @param file the name of the file with its parameters, which ends in its checksum
 * @param source what it has kept of a published model that it began from itself
 */
public record InitialModel(FloatVector parameters, String file, Map<String, byte[]> source) {

  /**
   * Opens the last checkpoint of the run that {@code train.from} names.
   *
   * @param task of the training that begins
   * @throws SettingsException where the model has other parameters, or means other things by the
   *     ids and classes that it reads
   */
  public static InitialModel open(Storage storage, Settings settings, Task task, Dataset dataset) {
    String from = settings.train().from();
    TrainedModel model =
        TrainedModel.open(
            storage, SettingsFile.with(settings, "run.path=" + from), CheckpointChoice.LAST);
    GrownVocabulary grown =
        new GrownVocabulary(
            model.task().layout(),
            task.layout(),
            rows(model.settings(), model.schema()),
            rows(settings, dataset.schema()));
    GrownVocabulary.check(settings, "model " + from, grown.had(), grown.has());
    checkParameters(from, grown.shapes(), task.layout().shapes());
    RunDirectory run = new RunDirectory(storage, Storage.path("train.from", from));
    for (String column : task.feed().columns()) {
      if (column.equals(Column.ANSWER) && model.schema().find(column).isEmpty()) {
        continue; // It says what is learned, and a model means nothing by it.
      }
      if (!model.schema().facts(column).meansAs(dataset.schema().facts(column))
          && !extend(run, model.schema(), dataset, column)) {
        throw new SettingsException(
            "Cannot begin from model %s: the tokenizer, labels or scale of its column %s are not those of dataset %s, expected the same. Tokenize with the model's (tokenizer.file), or choose another train.from."
                .formatted(from, column, dataset.directory()));
      }
    }
    return new InitialModel(
        grown.of(model.parameters()),
        model.checkpoint().parts().get(CheckpointFile.MODEL).name(),
        SourceFolder.of(run).map(SourceFolder::kept).orElseGet(Map::of));
  }

  private static int rows(Settings settings, Schema schema) {
    return settings.model().rows(schema.find(Column.TEXT).map(Column::size).orElse(0));
  }

  /** The same without its parameters, where they are somewhere else now. */
  public InitialModel withoutParameters() {
    return new InitialModel(new FloatVector(0), file, source);
  }

  /** Whether a column's tokenizer is the model's, with control tokens or a template besides. */
  private static boolean extend(RunDirectory run, Schema schema, Dataset dataset, String column) {
    Optional<String> file = schema.tokenizer(column);
    if (file.isEmpty() || !file.equals(dataset.schema().tokenizer(column))) {
      return false;
    }
    return Tokenizers.extend(dataset.tokenizers().get(file.get()), run.file(file.get()));
  }

  private static void checkParameters(
      String from, Map<String, long[]> found, Map<String, long[]> expected) {
    Set<String> names = new TreeSet<>(expected.keySet());
    names.addAll(found.keySet());
    for (String name : names) {
      check(from, name, told(found.get(name)), told(expected.get(name)));
    }
  }

  private static void check(String from, String name, String found, String expected) {
    if (!found.equals(expected)) {
      throw new SettingsException(
          "Cannot begin from model %s: its parameter %s is %s, expected %s by the settings. Set task, model, attention, recurrence and train.context as the model has them, or choose another train.from."
              .formatted(from, name, found, expected));
    }
  }

  private static String told(long[] shape) {
    return shape == null ? "missing" : Arrays.toString(shape);
  }
}
