package io.chorale.jobs.retrain;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.json.JsonReadFeature;
import com.fasterxml.jackson.core.json.JsonWriteFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.chorale.checkpoint.TrainedModel;
import io.chorale.config.DatasetSplit;
import io.chorale.config.Settings;
import io.chorale.config.SettingsFile;
import io.chorale.data.Additions;
import io.chorale.data.Column;
import io.chorale.data.Dataset;
import io.chorale.data.Ids;
import io.chorale.data.Numbers;
import io.chorale.data.Row;
import io.chorale.data.Shard;
import io.chorale.data.ShardFacts;
import io.chorale.data.Values;
import io.chorale.evaluate.Predictor;
import io.chorale.io.Storage;
import io.chorale.model.Weights;
import io.chorale.task.Task;
import io.chorale.tensor.Device;
import io.chorale.token.Tokenizer;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.apache.hadoop.fs.Path;

/**
 * Held-out rows that every candidate is asked about before it may come into use: those that the
 * dataset had first, so that they stay the same from cycle to cycle. Answers are computed on the
 * processor, one row's by itself, so that another process of the machine must come to the same
 * ones, byte for byte.
 *
 * @param given what a model reads of each, no two the same; of a text that goes on, its beginning
 * @param expected what the dataset has for each: the text that is to be written, or the targets;
 *     empty where there are none
 */
record Probe(List<Row> given, List<String> expected) {
  private static final int ROWS = 16;

  /** Tokens of a text that a model goes on from, and as many as it writes then. */
  private static final int PROMPT = 16;

  private static final int WRITTEN = 32;

  /** As JSON has it not, a number that is not finite stands as it is, and no text does so. */
  static final JsonMapper JSON =
      JsonMapper.builder()
          .disable(JsonWriteFeature.WRITE_NAN_AS_STRINGS)
          .enable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS)
          .build();

  Probe {
    given = List.copyOf(given);
    expected = List.copyOf(expected);
  }

  /** Chooses the rows of a split for a task. */
  static Probe of(Dataset dataset, DatasetSplit split, Task task) {
    List<ShardFacts> shards = dataset.manifest().split(split).shards();
    List<Integer> oldestFirst =
        IntStream.range(0, shards.size())
            .boxed()
            .sorted(Comparator.comparingInt(at -> Additions.number(shards.get(at).name())))
            .toList();
    Optional<Tokenizer> tokenizer = task.writes().flatMap(dataset::tokenizer);
    boolean steps = dataset.schema().find(Column.HISTORY).isPresent();
    int most = task.continuesText() ? PROMPT + WRITTEN : steps ? Integer.MAX_VALUE : task.longest();
    List<Row> given = new ArrayList<>();
    List<String> expected = new ArrayList<>();
    Set<String> known = new HashSet<>();
    for (int at : oldestFirst) {
      if (given.size() == ROWS) {
        break;
      }
      Shard shard = dataset.shard(split, at);
      for (int row = 0; row < shard.rows() && given.size() < ROWS; row++) {
        Row whole = shard.row(task.feed().columns(), row, most);
        Row read = read(task, whole);
        boolean empty = read.cells().values().stream().anyMatch(cell -> cell.length() == 0);
        if (!empty && task.unfit(read).isEmpty() && known.add(ProbeRows.json(List.of(read)))) {
          given.add(read);
          expected.add(
              task.writes().isPresent()
                  ? tokenizer.map(one -> one.decode(written(task, whole, read))).orElse("")
                  : targets(task, whole));
        }
      }
    }
    return new Probe(given, expected);
  }

  private static Row read(Task task, Row whole) {
    Row given = task.given(whole);
    if (!task.continuesText()) {
      return given;
    }
    Map<String, Values> cells = new TreeMap<>(given.cells());
    cells.replaceAll(
        (column, cell) -> Ids.of(Arrays.copyOf(ids(cell), Math.min(PROMPT, cell.length() / 2))));
    return new Row(cells);
  }

  private static int[] ids(Values cell) {
    return ((Ids) cell).values();
  }

  private static int[] written(Task task, Row whole, Row read) {
    String column = task.writes().orElseThrow();
    int[] all = ids(whole.cell(column));
    int from = task.continuesText() ? read.cell(column).length() : 0;
    return Arrays.copyOfRange(all, from, all.length);
  }

  /** Of classes which there are, however often. */
  private static String targets(Task task, Row whole) {
    StringBuilder targets = new StringBuilder();
    for (String column : task.feed().columns()) {
      if (!task.inputs().contains(column)) {
        Values cell = whole.cell(column);
        targets.append(
            cell instanceof Numbers numbers
                ? Arrays.toString(numbers.values())
                : Arrays.toString(Arrays.stream(ids(cell)).distinct().sorted().toArray()));
      }
    }
    return targets.toString();
  }

  /**
   * Asks the model of a run.
   *
   * @param run its directory
   * @return what the task predicts for each row, as JSON; nothing where the task writes texts and
   *     the model has no tokenizer
   */
  List<String> answers(Storage storage, Path run) {
    TrainedModel model =
        TrainedModel.open(
            storage,
            SettingsFile.with(SettingsFile.defaults(), "run.path=" + run, "train.device=cpu"),
            RetrainJob.candidate());
    Task task = Task.of(drawing(model.settings()), model.schema(), "run " + run);
    if (task.writes().isPresent()) {
      Optional<Tokenizer> tokenizer = task.writes().flatMap(model::tokenizer);
      if (tokenizer.isEmpty()) {
        return List.of();
      }
      task = task.writing(tokenizer.orElseThrow());
    }
    long[] seeds = IntStream.range(0, given.size()).asLongStream().toArray();
    try (Weights weights =
            Weights.frozen(
                task.layout(), model.parameters(), model.settings().train(), Device.CPU);
        Predictor predictor = new Predictor(task, weights, 1)) {
      return predictor.predict(given, seeds).stream()
          .map(prediction -> line(told(prediction.values())))
          .toList();
    }
  }

  private static String line(Object answer) {
    try {
      return JSON.writeValueAsString(answer);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("an answer must fit JSON", e);
    }
  }

  /** Times as text: JSON has none. */
  private static Object told(Object value) {
    if (value instanceof List<?> values) {
      return values.stream().map(Probe::told).toList();
    }
    return value instanceof Instant time ? time.toString() : value;
  }

  /** Draws tokens as likely as the model holds them: so it shows what it has learnt. */
  private static Settings drawing(Settings model) {
    return SettingsFile.with(
        SettingsFile.with(model, SettingsFile.defaults(), Set.of("generate")),
        "generate.tokens=" + WRITTEN,
        "generate.temperature=1");
  }
}
