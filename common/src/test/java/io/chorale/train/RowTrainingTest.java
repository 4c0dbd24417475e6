package io.chorale.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.chorale.config.ChoraleException;
import io.chorale.config.DatasetSplit;
import io.chorale.config.Settings;
import io.chorale.config.SettingsFile;
import io.chorale.data.Batch;
import io.chorale.data.BatchSource;
import io.chorale.data.Column;
import io.chorale.data.Dataset;
import io.chorale.data.DatasetManifest;
import io.chorale.data.Facts;
import io.chorale.data.Ids;
import io.chorale.data.Masking;
import io.chorale.data.Numbers;
import io.chorale.data.Part;
import io.chorale.data.Row;
import io.chorale.data.Schema;
import io.chorale.data.ShardFacts;
import io.chorale.data.ShardWriter;
import io.chorale.data.Values;
import io.chorale.evaluate.Evaluator;
import io.chorale.io.FloatVector;
import io.chorale.io.Storage;
import io.chorale.task.Task;
import io.chorale.tensor.Device;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.bytedeco.javacpp.Pointer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Tasks over rows, from the shards of a dataset to the measures of a trained model. */
class RowTrainingTest {
  private static final int VOCABULARY = 6;
  private static final int ROWS = 150;
  private static final Storage STORAGE = new Storage(new Configuration());

  @TempDir java.nio.file.Path directory;

  /** A toy that can be learned: its columns, what is known of them, and a random row. */
  private enum Toy {
    /** A tag is whether a token next to it, on any side, is 0. */
    TAGGING(
        new Schema(
            List.of(Column.ids(Column.TEXT, VOCABULARY), Column.ids(Column.TAGS, 2)),
            Map.of(Column.TAGS, Facts.labels(List.of("no", "yes")))),
        random -> {
          int[] text = random.ints(3 + random.nextInt(8), 0, VOCABULARY).toArray();
          int[] tags = new int[text.length];
          for (int i = 0; i < text.length; i++) {
            boolean before = i > 0 && text[i - 1] == 0;
            boolean after = i + 1 < text.length && text[i + 1] == 0;
            tags[i] = before || after ? 1 : 0;
          }
          return Map.of(Column.TEXT, Ids.of(text), Column.TAGS, Ids.of(tags));
        }),

    /** Each token is the one before it and 1: what is hidden follows from what is beside it. */
    MASKED_LANGUAGE_MODEL(
        new Schema(List.of(Column.ids(Column.TEXT, VOCABULARY)), Map.of()),
        random -> {
          int first = random.nextInt(VOCABULARY);
          int[] text =
              IntStream.range(first, first + 4 + random.nextInt(9))
                  .map(i -> i % VOCABULARY)
                  .toArray();
          return Map.of(Column.TEXT, Ids.of(text));
        }),

    /** The mean of one channel of two, as it lies scaled. */
    REGRESSION(
        new Schema(
            List.of(Column.series(Column.SERIES, 2), Column.number(Column.LABEL)),
            Map.of(Column.LABEL, Facts.scale(List.of(7.0), List.of(3.0)))),
        random -> {
          float[] series = series(random);
          float sum = 0;
          for (int i = 0; i < series.length; i += 2) {
            sum += series[i];
          }
          return Map.of(
              Column.SERIES,
              Numbers.of(2, series),
              Column.LABEL,
              Numbers.of(1, 4 * sum / series.length));
        }),

    /** Whether one channel of two is above 0 at its end. */
    CLASSIFICATION(
        new Schema(
            List.of(Column.series(Column.SERIES, 2), Column.label(Column.LABEL, 2)), Map.of()),
        random -> {
          float[] series = series(random);
          int label = series[series.length - 1] > 0 ? 1 : 0;
          return Map.of(Column.SERIES, Numbers.of(2, series), Column.LABEL, Ids.of(label));
        });

    private final Schema schema;
    private final Function<SplittableRandom, Map<String, Values>> cells;

    Toy(Schema schema, Function<SplittableRandom, Map<String, Values>> cells) {
      this.schema = schema;
      this.cells = cells;
    }

    private static float[] series(SplittableRandom random) {
      float[] series = new float[2 * (1 + random.nextInt(9))];
      for (int i = 0; i < series.length; i++) {
        series[i] = (float) random.nextDouble(-1, 1);
      }
      return series;
    }
  }

  private Dataset dataset(Toy toy) {
    Path path = new Path(directory.resolve(toy.name()).toUri());
    Map<DatasetSplit, DatasetManifest.Split> splits = new EnumMap<>(DatasetSplit.class);
    for (DatasetSplit split : DatasetSplit.values()) {
      List<ShardFacts> shards = new ArrayList<>();
      for (int shard = 0; shard < 2; shard++) {
        SplittableRandom random = new SplittableRandom(10L * split.ordinal() + shard);
        ShardWriter writer = new ShardWriter(toy.schema.columns());
        for (int row = 0; row < ROWS; row++) {
          writer.add(new Row(toy.cells.apply(random)));
        }
        shards.add(writer.publish(STORAGE, path, split, shard));
      }
      splits.put(split, DatasetManifest.Split.of(toy.schema.columns(), shards, 0));
    }
    DatasetManifest.of(toy.schema, splits).publish(STORAGE, path);
    return Dataset.open(STORAGE, path);
  }

  private static Settings settings(Toy toy, String... more) {
    List<String> overrides =
        new ArrayList<>(
            List.of(
                "task.kind=" + toy.name().toLowerCase(Locale.ROOT).replace('_', '-'),
                "model.layers=1",
                "model.width=16",
                "train.context=10",
                "train.batch=16",
                "train.steps=300",
                "train.learning-rate=0.02",
                "train.warmup=5"));
    overrides.addAll(List.of(more));
    return SettingsFile.read("test", "", overrides);
  }

  private static Task task(Settings settings, Dataset data) {
    return Task.of(settings, data.schema(), "a test");
  }

  private static Trained run(
      Settings settings,
      Dataset data,
      StepRange range,
      FloatVector anchor,
      Map<String, FloatVector> state) {
    Task task = task(settings, data);
    return Trained.by(
        new LocalLoop(settings, task, Device.CPU).on(task.feed().batches(data, new int[] {0, 1})),
        anchor,
        state,
        0,
        range,
        StepListener.NONE);
  }

  private static double[] sums(Task task, FloatVector parameters, Dataset data, int rows) {
    double[] sums = null;
    try (Evaluator evaluator =
        new Evaluator(task, parameters, SettingsFile.defaults().train(), Device.CPU)) {
      for (Part part : task.feed().parts(data, DatasetSplit.VALIDATION)) {
        double[] some = evaluator.sums(task.feed().read(data, DatasetSplit.VALIDATION, part, rows));
        sums = sums == null ? some : Evaluator.sum(sums, some);
      }
    }
    return sums;
  }

  @ParameterizedTest
  @CsvSource({
    "TAGGING, model.kind=lstm",
    "TAGGING, attention.heads=2",
    "MASKED_LANGUAGE_MODEL, attention.heads=2",
    "MASKED_LANGUAGE_MODEL, model.kind=gru",
    "REGRESSION, model.kind=gru",
    "REGRESSION, train.precision=bfloat16",
    "CLASSIFICATION, model.kind=lstm"
  })
  void roundsInSequenceEqualOneLongRound(Toy toy, String model) {
    Dataset data = dataset(toy);
    Settings settings = settings(toy, model, "model.dropout=0.2");
    FloatVector anchor = task(settings, data).layout().initial(1);
    Map<String, FloatVector> fresh = Trained.FRESH;
    // 18 batches are an epoch.
    Trained whole = run(settings, data, new StepRange(0, 0, 30), anchor, fresh);
    Trained first = run(settings, data, new StepRange(0, 0, 13), anchor, fresh);
    Trained second =
        run(settings, data, new StepRange(13, 13, 17), first.parameters(), first.state());
    assertEquals(whole.parameters(), second.parameters());
    assertEquals(whole.state(), second.state());
    assertEquals(whole.result().tokens(), first.result().tokens() + second.result().tokens());
    assertEquals(
        whole.result().lossSum(), first.result().lossSum() + second.result().lossSum(), 1e-6);
  }

  @ParameterizedTest
  @CsvSource({
    "TAGGING, model.kind=gru, 0.97",
    "TAGGING, attention.positions=rotary, 0.92",
    "MASKED_LANGUAGE_MODEL, model.kind=lstm, 0.95",
    "MASKED_LANGUAGE_MODEL, attention.heads=4, 0.85",
    "REGRESSION, model.kind=gru, 0.95",
    "REGRESSION, attention.heads=4, 0.95",
    "CLASSIFICATION, model.kind=lstm, 0.95",
    "CLASSIFICATION, model.kind=transformer, 0.9"
  })
  void toysAreLearned(Toy toy, String model, double least) {
    Dataset data = dataset(toy);
    List<String> more = new ArrayList<>(List.of(model));
    if (toy == Toy.CLASSIFICATION) {
      more.add("task.pooling=last");
      more.add("task.direction=causal");
    }
    if (!model.contains("kind=g") && !model.contains("kind=l")) {
      more.addAll(List.of("model.layers=2", "model.width=32", "train.learning-rate=0.005"));
      more.add("train.steps=600");
    }
    Settings settings = settings(toy, more.toArray(String[]::new));
    Task task = task(settings, data);
    FloatVector initial = task.layout().initial(1);
    FloatVector trained =
        run(settings, data, new StepRange(0, 0, settings.train().steps()), initial, Trained.FRESH)
            .parameters();
    Map<String, Double> before = task.read(sums(task, initial, data, 64), 0);
    Map<String, Double> after = task.read(sums(task, trained, data, 64), 0);
    String measure = toy == Toy.REGRESSION ? "r2" : "accuracy";
    assertTrue(after.get(measure) > least, before + " became " + after);
    String goal = task.goal().measure();
    assertTrue(task.goal().better(after.get(goal), before.get(goal)), before + " became " + after);
  }

  @ParameterizedTest
  @CsvSource({
    "TAGGING, model.kind=lstm",
    "MASKED_LANGUAGE_MODEL, attention.heads=2",
    "REGRESSION, attention.heads=2",
    "CLASSIFICATION, model.kind=rnn"
  })
  void measuresDoNotDependOnHowManyRowsAreReadAtATime(Toy toy, String model) {
    Dataset data = dataset(toy);
    Settings settings = settings(toy, model);
    Task task = task(settings, data);
    FloatVector parameters = task.layout().initial(1);
    SplittableRandom random = new SplittableRandom(4);
    for (int i = 0; i < parameters.length(); i++) {
      parameters.set(i, (float) random.nextDouble(-0.7, 0.7));
    }
    double[] expected = sums(task, parameters, data, 1);
    for (int rows : new int[] {7, 64, 1000}) {
      assertArrayEquals(expected, sums(task, parameters, data, rows), 2e-3, rows + " rows");
    }
    // Nor on the seed of the training.
    Task other = task(settings(toy, model, "train.seed=5"), data);
    assertArrayEquals(expected, sums(other, parameters, data, 1), 1e-9);
    // The manifest tells how many predictions there are but for what is rounded row by row.
    long predictions = task.predictions(expected);
    assertEquals(
        predictions,
        task.feed().predictions(data.manifest().split(DatasetSplit.VALIDATION).shards()),
        toy == Toy.MASKED_LANGUAGE_MODEL ? 0.25 * predictions : 0);
  }

  @ParameterizedTest
  @CsvSource({
    "TAGGING, attention.heads=2",
    "MASKED_LANGUAGE_MODEL, model.kind=gru",
    "REGRESSION, model.kind=lstm",
    "CLASSIFICATION, attention.heads=2"
  })
  void nativeMemoryStaysLevel(Toy toy, String model) {
    Dataset data = dataset(toy);
    Settings settings = settings(toy, model, "model.dropout=0.1");
    Task task = task(settings, data);
    BatchSource source = task.feed().batches(data, new int[] {0, 1});
    long[] objects = new long[2];
    System.gc();
    Trained.by(
        new LocalLoop(settings, task, Device.CPU).on(source),
        task.layout().initial(1),
        Trained.FRESH,
        0,
        new StepRange(0, 0, 300),
        (done, tokens, loss) -> {
          objects[0] = done == 20 ? Pointer.totalCount() : objects[0];
          objects[1] = Pointer.totalCount();
        });
    // One object a step would be 280 more.
    assertTrue(objects[1] < objects[0] + 10, Arrays.toString(objects));
  }

  /** Each epoch hides other tokens of a row; each evaluation the same ones. */
  @Test
  void whatIsHiddenIsDrawnAnewInEveryEpoch() {
    Dataset data = dataset(Toy.MASKED_LANGUAGE_MODEL);
    Task task = task(settings(Toy.MASKED_LANGUAGE_MODEL, "train.batch=300"), data);
    BatchSource source = task.feed().batches(data, new int[] {0, 1});
    assertEquals(1, source.batchesPerEpoch());
    long[] first = hidden(source.batch(0));
    assertArrayEquals(first, hidden(task.feed().batches(data, new int[] {0, 1}).batch(0)));
    assertNotEquals(Arrays.toString(first), Arrays.toString(hidden(source.batch(1))));
    // Whoever owns the shard.
    Task single = task(settings(Toy.MASKED_LANGUAGE_MODEL, "train.batch=150"), data);
    long[] alone = hidden(single.feed().batches(data, new int[] {1}).batch(0));
    assertEquals(
        0, Arrays.stream(alone).filter(sum -> Arrays.binarySearch(first, sum) < 0).count());
  }

  /** A number for what each row reads and hides; sorted, so that the order does not matter. */
  private static long[] hidden(Batch batch) {
    Ids text = batch.ids(Column.TEXT);
    Ids hidden = batch.ids(Masking.HIDDEN);
    long[] rows = new long[batch.rows()];
    for (int row = 0; row < rows.length; row++) {
      int from = row * text.length();
      int to = from + text.lengths()[row];
      rows[row] =
          31L * Arrays.hashCode(Arrays.copyOfRange(text.values(), from, to))
              + Arrays.hashCode(Arrays.copyOfRange(hidden.values(), from, to));
    }
    Arrays.sort(rows);
    return rows;
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aRowWithTooFewTagsIsRefused(boolean training) {
    Path path = new Path(directory.resolve("uneven").toUri());
    ShardWriter writer = new ShardWriter(Toy.TAGGING.schema.columns());
    for (int row = 0; row < 20; row++) {
      // Beyond the context, too.
      int[] text = new int[12];
      int[] tags = new int[row == 7 ? 11 : 12];
      writer.add(new Row(Map.of(Column.TEXT, Ids.of(text), Column.TAGS, Ids.of(tags))));
    }
    DatasetSplit split = training ? DatasetSplit.TRAIN : DatasetSplit.VALIDATION;
    ShardFacts shard = writer.publish(STORAGE, path, split, 0);
    DatasetManifest.of(
            Toy.TAGGING.schema,
            Map.of(
                split, DatasetManifest.Split.of(Toy.TAGGING.schema.columns(), List.of(shard), 0)))
        .publish(STORAGE, path);
    Dataset data = Dataset.open(STORAGE, path);
    Task task = task(settings(Toy.TAGGING, "train.batch=20"), data);
    ChoraleException refused =
        assertThrows(
            ChoraleException.class,
            () -> {
              if (training) {
                task.feed().batches(data, new int[] {0}).batch(0);
              } else {
                Iterator<Batch> batches =
                    task.feed().read(data, split, task.feed().parts(data, split).get(0), 3);
                batches.forEachRemaining(batch -> {});
              }
            });
    assertTrue(refused.getMessage().contains("row 7 (the first is 0)"), refused.getMessage());
    assertTrue(refused.getMessage().contains("shard-00000"), refused.getMessage());
    assertTrue(
        refused.getMessage().contains("tags has 11 elements, expected 12"), refused.getMessage());
  }
}
