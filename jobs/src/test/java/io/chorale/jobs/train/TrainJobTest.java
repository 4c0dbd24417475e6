package io.chorale.jobs.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.chorale.config.Settings;
import io.chorale.data.Batch;
import io.chorale.data.BatchSource;
import io.chorale.data.Column;
import io.chorale.data.Dataset;
import io.chorale.data.Ids;
import io.chorale.data.ShardPlan;
import io.chorale.data.TokenStream;
import io.chorale.io.FloatVector;
import io.chorale.io.Storage;
import io.chorale.jobs.spark.SharedSession;
import io.chorale.tensor.Device;
import io.chorale.train.LocalLoop;
import io.chorale.train.StepListener;
import io.chorale.train.StepRange;
import io.chorale.train.Trained;
import java.io.IOException;
import java.nio.file.Files;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.LongAdder;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerTaskEnd;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A training equals what the arithmetic of its parts gives. */
class TrainJobTest {
  @RegisterExtension static final SharedSession SPARK = new SharedSession();

  private static final Storage STORAGE = new Storage(new Configuration());

  @TempDir java.nio.file.Path temporary;
  private TinyTraining tiny;

  @BeforeEach
  void open() {
    tiny = new TinyTraining(SPARK.session().context(), STORAGE, temporary.toString());
  }

  private static FloatVector initial(Settings settings) {
    return TinyDataset.task(settings).layout().initial(settings.train().seed());
  }

  private Trained loop(Settings settings, int worker, int[] shards, StepRange range) {
    Dataset dataset = Dataset.open(STORAGE, new Path(tiny.root(), "data"));
    return Trained.by(
        new LocalLoop(settings, TinyDataset.task(settings), Device.CPU)
            .on(TinyDataset.task(settings).feed().batches(dataset, shards)),
        initial(settings),
        Trained.FRESH,
        worker,
        range,
        StepListener.NONE);
  }

  @ParameterizedTest
  @CsvSource({"mean,1,0", "nesterov,1,0"})
  void oneWorkerEqualsTheLocalLoopToTheBit(String outer, String rate, String momentum) {
    tiny.dataset(500, 400);
    Settings settings =
        tiny.settings(
            "run",
            "average.outer=" + outer,
            "average.learning-rate=" + rate,
            "average.momentum=" + momentum,
            "model.dropout=0.1");
    tiny.train(settings);
    Trained alone = loop(settings, 0, new int[] {0, 1}, new StepRange(0, 0, 12));
    assertEquals(alone.parameters(), tiny.parameters(settings));
  }

  @Test
  void workersAreAveragedByTokens() {
    tiny.dataset(300, 300, 300);
    Settings settings = tiny.settings("run", "train.workers=3", "train.steps=4");
    tiny.train(settings);
    int[][] shards = ShardPlan.assign(settings.train().seed(), 3, new long[] {300, 300, 300});
    double[] mean = new double[(int) tiny.layout(settings).size()];
    for (int worker = 0; worker < 3; worker++) {
      FloatVector own = loop(settings, worker, shards[worker], new StepRange(0, 0, 4)).parameters();
      for (int i = 0; i < mean.length; i++) {
        mean[i] += own.get(i) / 3.0;
      }
    }
    FloatVector averaged = tiny.parameters(settings);
    for (int i = 0; i < mean.length; i++) {
      assertEquals((float) mean[i], averaged.get(i), 1e-7f);
    }
  }

  @Test
  void averageOfSgdStepsEqualsOneStepOnTheBigBatch() {
    // Two shards of just one batch each: both workers together see what one worker sees at once.
    tiny.dataset(33, 33);
    String[] sgd = {
      "train.optimizer=sgd",
      "train.momentum=0",
      "train.weight-decay=0",
      "train.clip=0",
      "train.learning-rate=0.1",
      "train.warmup=0",
      "train.steps=1",
      "train.average-every=1"
    };
    String[] two = Arrays.copyOf(sgd, sgd.length + 1);
    two[sgd.length] = "train.workers=2";
    Settings separate = tiny.settings("two", two);
    tiny.train(separate);
    Dataset dataset = Dataset.open(STORAGE, new Path(tiny.root(), "data"));
    Settings together =
        tiny.settings(
            "one",
            Stream.concat(Arrays.stream(sgd), Stream.of("train.batch=8")).toArray(String[]::new));
    FloatVector big =
        Trained.by(
                new LocalLoop(together, TinyDataset.task(together), Device.CPU)
                    .on(
                        new JoinedBatches(
                            IntStream.range(0, 2)
                                .mapToObj(
                                    shard ->
                                        TinyDataset.task(separate)
                                            .feed()
                                            .batches(dataset, new int[] {shard}))
                                .toList())),
                initial(together),
                Trained.FRESH,
                0,
                new StepRange(0, 0, 1),
                StepListener.NONE)
            .parameters();
    FloatVector averaged = tiny.parameters(separate);
    FloatVector start = initial(separate);
    for (long i = 0; i < big.length(); i++) {
      assertEquals(
          big.get(i), averaged.get(i), 1e-6f + 1e-4f * Math.abs(big.get(i) - start.get(i)));
    }
  }

  @ParameterizedTest
  @CsvSource({"transformer,4,24", "lstm,4,24", "transformer,epoch,60", "gru,epoch,60"})
  void interruptedRunEndsInTheSameFilesAsAnUndisturbedOne(String kind, String every, int steps)
      throws IOException {
    tiny.dataset(500, 400, 450);
    Settings settings =
        tiny.settings(
            "run",
            "model.kind=" + kind,
            "train.average-every=" + every,
            "train.steps=" + steps,
            "train.workers=2",
            "average.outer=nesterov",
            "model.dropout=0.1");
    tiny.train(settings);
    List<String> undisturbed = tiny.checksums(settings);
    long rounds = tiny.latest(settings).round();
    assertTrue(rounds >= 3, rounds + " rounds");
    // What a driver leaves that dies in round 3: no manifest of it, half a worker's state.
    tiny.goBackTo(3, settings);
    java.nio.file.Path third = temporary.resolve("run/checkpoints/round-00000003");
    Files.delete(third.resolve("manifest.json"));
    Files.write(third.resolve("worker-00000-00000000.safetensors"), new byte[10]);
    Files.write(third.resolve(".worker-00001.safetensors.1.tmp"), new byte[10]);
    String said = tiny.train(settings);
    assertTrue(said.contains("goes on after round 2"), said);
    assertEquals(undisturbed, tiny.checksums(settings));
    assertEquals(rounds, tiny.latest(settings).round());
    assertEquals(rounds, tiny.run(settings).metrics().size());
  }

  @Test
  void runDirectoryExplainsItself() throws IOException {
    tiny.dataset(500, 400);
    Settings settings = tiny.settings("run", "train.workers=2", "train.steps=10", "run.keep=2");
    String said = tiny.train(settings);
    assertTrue(said.contains("round 3/3  step 10/10  train loss "), said);
    assertEquals(settings, tiny.run(settings).settings());
    List<JsonNode> lines = new ArrayList<>();
    for (String line : tiny.run(settings).metrics()) {
      lines.add(JsonMapper.builder().build().readTree(line));
    }
    assertEquals(3, lines.size());
    JsonNode last = lines.get(2);
    long parameters = tiny.layout(settings).size();
    assertEquals(3, last.get("round").asLong());
    assertEquals(10, last.get("local_steps").asLong());
    assertEquals(2 * 10 * 32, last.get("tokens").asLong());
    assertEquals(2 * 4 * parameters, last.get("bytes_up").asLong());
    assertTrue(last.get("validation_loss").asDouble() < Math.log(TinyDataset.VOCABULARY));
    assertTrue(last.get("delta_norm").asDouble() > 0);
    assertTrue(last.get("gradient_norm").asDouble() > 0);
    assertTrue(last.get("parameter_norm").asDouble() > 0);
    assertTrue(last.get("worker_distance").asDouble() > 0);
    assertEquals(1, last.get("starts").asInt());
    assertFalse(Instant.parse(last.get("time").asText()).isAfter(Instant.now()));
    assertTrue(last.get("compute_seconds").asDouble() >= last.get("fastest_seconds").asDouble());
    try (Stream<java.nio.file.Path> kept = Files.list(temporary.resolve("run/checkpoints"))) {
      assertEquals(
          List.of("round-00000002", "round-00000003"),
          kept.map(found -> found.getFileName().toString()).sorted().toList());
    }
    assertEquals("1", tiny.latest(settings).provenance().get("seed"));
    assertTrue(
        tiny.latest(settings)
            .provenance()
            .keySet()
            .containsAll(List.of("os", "cpu", "dataset", "libtorch")));
    try (Stream<java.nio.file.Path> files = Files.walk(temporary.resolve("run"))) {
      assertFalse(files.anyMatch(file -> file.getFileName().toString().startsWith(".")));
    }
  }

  /** Bytes that all tasks of a training sent to the driver. */
  private long bytesReceived(Settings settings) throws Exception {
    LongAdder received = new LongAdder();
    SparkListener listener =
        new SparkListener() {
          @Override
          public void onTaskEnd(SparkListenerTaskEnd end) {
            received.add(end.taskMetrics().resultSize());
          }
        };
    SPARK.session().context().sc().addSparkListener(listener);
    try {
      tiny.train(settings);
      SPARK.session().context().sc().listenerBus().waitUntilEmpty();
    } finally {
      SPARK.session().context().sc().removeSparkListener(listener);
    }
    return received.sum();
  }

  @Test
  void driverReceivesTheAverageHoweverManyWorkersThereAre() throws Exception {
    tiny.dataset(400, 400, 400, 400, 400, 400);
    String[] wide = {"model.width=64", "train.steps=2", "train.average-every=2"};
    Settings one = tiny.settings("one", wide);
    Settings six =
        tiny.settings(
            "six",
            Stream.concat(Arrays.stream(wide), Stream.of("train.workers=6"))
                .toArray(String[]::new));
    long parameterBytes = 4 * tiny.layout(one).size();
    long fromOne = bytesReceived(one);
    long fromSix = bytesReceived(six);
    assertTrue(fromOne > parameterBytes, fromOne + " bytes");
    assertTrue(fromSix - fromOne < parameterBytes / 2, fromOne + " and " + fromSix + " bytes");
  }

  @Test
  void trainingLowersTheLoss() {
    tiny.dataset(2000, 2000);
    Settings settings =
        tiny.settings(
            "run",
            "train.workers=2",
            "train.steps=120",
            "train.average-every=20",
            "train.learning-rate=0.01");
    tiny.train(settings);
    JsonNode last = tiny.latest(settings).metrics();
    // The walk has an entropy of about 0.93 nats; knowing nothing costs 2.48.
    assertTrue(last.get("validation_loss").asDouble() < 1.6, last.toString());
  }

  /** The batches of several workers as one. */
  private record JoinedBatches(List<BatchSource> parts) implements BatchSource {
    @Override
    public long batchesPerEpoch() {
      return 1;
    }

    @Override
    public Batch batch(long step) {
      List<Batch> batches = parts.stream().map(part -> part.batch(step)).toList();
      Ids inputs = joined(batches, Column.TEXT);
      return new Batch(
          Map.of(Column.TEXT, inputs, TokenStream.NEXT, joined(batches, TokenStream.NEXT)),
          inputs.lengths().length,
          inputs.values().length,
          false);
    }

    private static Ids joined(List<Batch> batches, String column) {
      return Ids.full(
          batches.stream()
              .flatMapToInt(batch -> Arrays.stream(batch.ids(column).values()))
              .toArray(),
          batches.get(0).ids(column).length());
    }
  }
}
