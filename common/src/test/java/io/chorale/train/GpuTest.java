package io.chorale.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.chorale.config.DatasetSplit;
import io.chorale.config.Settings;
import io.chorale.config.SettingsFile;
import io.chorale.config.TaskSettings;
import io.chorale.config.TrainSettings;
import io.chorale.data.Column;
import io.chorale.data.Dataset;
import io.chorale.data.DatasetManifest;
import io.chorale.data.Ids;
import io.chorale.data.Numbers;
import io.chorale.data.Part;
import io.chorale.data.Row;
import io.chorale.data.RowBatches;
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
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.DoubleStream;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What is trained and measured on a GPU, beside the processor. Needs natives for one (-Pcuda), and
 * {@code CUBLAS_WORKSPACE_CONFIG=:4096:8}.
 */
class GpuTest {
  private static final int VOCABULARY = 11;
  private static final int STEPS = 12;
  private static final Storage STORAGE = new Storage(new Configuration());

  @TempDir java.nio.file.Path directory;

  @BeforeAll
  static void skipsWithoutAGpu() {
    assumeTrue(Device.count() > 0, "NOTHING IS TESTED HERE: libtorch finds no GPU");
  }

  private static Settings settings(String overrides) {
    List<String> all =
        new ArrayList<>(
            List.of(
                "model.layers=2",
                "model.width=16",
                "model.dropout=0.1",
                "train.context=10",
                "train.batch=4",
                "train.steps=30",
                "train.warmup=2"));
    all.addAll(List.of(overrides.split(" ")));
    if (!overrides.contains("model.kind") || overrides.contains("transformer")) {
      all.add("attention.heads=2");
    }
    if (overrides.contains("forecast")) {
      all.addAll(List.of("forecast.look-back=8", "forecast.horizon=3"));
    }
    return SettingsFile.read("test", "", all);
  }

  /** Random rows of unequal length, as the task needs them. */
  private Dataset dataset(Settings settings) {
    Schema schema = Task.needs(settings, VOCABULARY, VOCABULARY);
    boolean whole = Task.of(settings, schema, "a test").feed() instanceof RowBatches;
    Path path = new Path(directory.resolve("data").toUri());
    Map<DatasetSplit, DatasetManifest.Split> splits = new EnumMap<>(DatasetSplit.class);
    for (DatasetSplit split : DatasetSplit.values()) {
      List<ShardFacts> shards = new ArrayList<>();
      for (int shard = 0; shard < 2; shard++) {
        SplittableRandom random = new SplittableRandom(10L * split.ordinal() + shard);
        ShardWriter writer = new ShardWriter(schema.columns());
        boolean series = settings.task().kind() == TaskSettings.Kind.FORECAST;
        for (int i = 0; i < (series ? 1 : 40); i++) {
          int length = series ? 200 : whole ? 1 + random.nextInt(9) : 20 + random.nextInt(20);
          Map<String, Values> cells = new LinkedHashMap<>();
          for (Column column : schema.columns()) {
            cells.put(column.name(), cell(column, column.ragged() ? length : 1, random));
          }
          writer.add(new Row(cells));
        }
        shards.add(writer.publish(STORAGE, path, split, shard));
      }
      splits.put(split, DatasetManifest.Split.of(schema.columns(), shards, 0));
    }
    DatasetManifest.of(schema, splits).publish(STORAGE, path);
    return Dataset.open(STORAGE, path);
  }

  private static Values cell(Column column, int steps, SplittableRandom random) {
    if (column.whole()) {
      return Ids.of(random.ints(steps, 0, column.size()).toArray());
    }
    int width = Math.max(1, column.size());
    float[] numbers = new float[steps * width];
    for (int i = 0; i < numbers.length; i++) {
      numbers[i] = (float) random.nextDouble(-1, 1);
    }
    return Numbers.of(width, numbers);
  }

  private static Device gpu() {
    return Device.of(TrainSettings.Device.GPU, 0);
  }

  private static Trained run(
      Settings settings,
      Dataset data,
      Device device,
      StepRange range,
      FloatVector anchor,
      Map<String, FloatVector> state,
      List<Double> losses) {
    Task task = Task.of(settings, data.schema(), "a test");
    return Trained.by(
        new LocalLoop(settings, task, device).on(task.feed().batches(data, new int[] {0, 1})),
        anchor == null ? task.layout().initial(1) : anchor,
        state,
        0,
        range,
        (done, tokens, loss) -> losses.add(loss));
  }

  private static Trained run(Settings settings, Dataset data, Device device) {
    StepRange range = new StepRange(0, 0, STEPS);
    return run(settings, data, device, range, null, Trained.FRESH, new ArrayList<>());
  }

  private static double[] sums(Task task, FloatVector parameters, Dataset data, Device device) {
    double[] sums = null;
    try (Evaluator evaluator =
        new Evaluator(task, parameters, SettingsFile.defaults().train(), device)) {
      for (Part part : task.feed().parts(data, DatasetSplit.VALIDATION)) {
        double[] some = evaluator.sums(task.feed().read(data, DatasetSplit.VALIDATION, part, 16));
        sums = sums == null ? some : Evaluator.sum(sums, some);
      }
    }
    return sums;
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "model.kind=transformer",
        "train.precision=bfloat16",
        "attention.positions=rotary attention.norm=rms attention.activation=swiglu",
        "attention.positions=sinusoidal attention.recompute=true train.optimizer=sgd",
        "train.packing=documents",
        "model.kind=lstm",
        "model.kind=lstm recurrence.embedding=5 model.tied-head=false recurrence.layer-norm=true",
        "model.kind=gru",
        "model.kind=rnn recurrence.nonlinearity=relu",
        "task.kind=classification task.direction=both-ways",
        "task.kind=classification task.direction=both-ways model.kind=lstm task.pooling=learned",
        "task.kind=classification model.kind=gru task.pooling=last",
        "task.kind=regression task.direction=both-ways",
        "task.kind=tagging model.kind=lstm task.direction=both-ways",
        "task.kind=masked-language-model",
        "task.kind=translation",
        "task.kind=translation model.kind=lstm",
        "task.kind=from-vector model.kind=gru",
        "task.kind=forecast",
        "task.kind=forecast model.kind=lstm",
      })
  void trainsAndMeasuresAsTheProcessorDoesAndTheSameAgain(String overrides) {
    Settings settings = settings(overrides);
    Dataset data = dataset(settings);
    StepRange range = new StepRange(0, 0, STEPS);
    List<Double> here = new ArrayList<>();
    List<Double> there = new ArrayList<>();
    Map<String, FloatVector> fresh = Trained.FRESH;
    Trained onProcessor = run(settings, data, Device.CPU, range, null, fresh, here);
    Trained onGpu = run(settings, data, gpu(), range, null, fresh, there);
    double tolerance = overrides.contains("bfloat16") ? 2e-2 : 5e-4;
    assertArrayEquals(array(here), array(there), tolerance);

    Task task = Task.of(settings, data.schema(), "a test");
    FloatVector parameters = onProcessor.parameters();
    double[] expected = sums(task, parameters, data, Device.CPU);
    double largest = DoubleStream.of(expected).map(Math::abs).max().orElseThrow();
    assertArrayEquals(expected, sums(task, parameters, data, gpu()), 1e-4 * largest);

    // In two rounds, and with another training beside it.
    Trained first =
        run(settings, data, gpu(), new StepRange(0, 0, 5), null, fresh, new ArrayList<>());
    Trained second =
        run(
            settings,
            data,
            gpu(),
            new StepRange(5, 5, STEPS - 5),
            first.parameters(),
            first.state(),
            new ArrayList<>());
    assertEquals(onGpu.parameters(), second.parameters());
    assertEquals(onGpu.state(), second.state());
  }

  @Test
  void twoWorkersAtOnceGiveTheSameBytesAsOne() throws Exception {
    Settings settings = settings("model.kind=transformer");
    Dataset data = dataset(settings);
    FloatVector alone = run(settings, data, gpu()).parameters();
    ExecutorService pool = Executors.newFixedThreadPool(2);
    try {
      List<Future<Trained>> together = new ArrayList<>();
      for (int i = 0; i < 2; i++) {
        together.add(pool.submit(() -> run(settings, data, gpu())));
      }
      for (Future<Trained> one : together) {
        assertEquals(alone, one.get().parameters());
      }
    } finally {
      pool.shutdown();
    }
  }

  private static double[] array(List<Double> values) {
    return values.stream().mapToDouble(value -> value).toArray();
  }
}
