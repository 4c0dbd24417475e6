package io.chorale.jobs;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.chorale.checkpoint.CheckpointManifest;
import io.chorale.checkpoint.CheckpointStore;
import io.chorale.checkpoint.RunDirectory;
import io.chorale.config.ChoraleException;
import io.chorale.config.Settings;
import io.chorale.config.SettingsException;
import io.chorale.config.SettingsFile;
import io.chorale.data.Batch;
import io.chorale.data.BatchSource;
import io.chorale.data.Dataset;
import io.chorale.data.LanguageBatches;
import io.chorale.data.ShardPlan;
import io.chorale.io.FloatVector;
import io.chorale.io.Storage;
import io.chorale.model.Models;
import io.chorale.model.ParameterLayout;
import io.chorale.tensor.Device;
import io.chorale.train.LocalLoop;
import io.chorale.train.StepListener;
import io.chorale.train.StepRange;
import io.chorale.train.WorkerResult;
import io.chorale.train.WorkerState;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.LongAdder;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerTaskEnd;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TrainJobTest {
  private static Session session;
  private static final Storage STORAGE = new Storage(new Configuration());

  @TempDir java.nio.file.Path temporary;

  @BeforeAll
  static void open() {
    session = Session.open("train test", "local[2]");
  }

  @AfterAll
  static void close() {
    session.close();
  }

  private Settings settings(String run, String... more) {
    List<String> overrides =
        new ArrayList<>(
            List.of(
                "data.path=" + temporary.resolve("data"),
                "run.path=" + temporary.resolve(run),
                "run.keep=100",
                "model.layers=1",
                "model.width=16",
                "model.heads=2",
                "train.context=8",
                "train.batch=4",
                "train.steps=12",
                "train.average-every=4",
                "train.warmup=2"));
    overrides.addAll(List.of(more));
    return SettingsFile.read("test", "", overrides);
  }

  private void dataset(int... shardTokens) {
    TinyDataset.write(STORAGE, path("data"), shardTokens);
  }

  private Path path(String name) {
    return new Path(temporary.resolve(name).toString());
  }

  private static String train(Settings settings) {
    StringWriter said = new StringWriter();
    new TrainJob(session.context(), STORAGE, settings, new PrintWriter(said)).run();
    return said.toString();
  }

  private static RunDirectory run(Settings settings) {
    return new RunDirectory(STORAGE, new Path(settings.run().path()));
  }

  private static CheckpointManifest latest(Settings settings) {
    return run(settings).checkpoints().latest().orElseThrow();
  }

  private static ParameterLayout layout(Settings settings) {
    return Models.layout(settings.model(), TinyDataset.VOCABULARY, settings.train().context());
  }

  private static FloatVector parameters(Settings settings) {
    return run(settings).checkpoints().parameters(latest(settings), layout(settings));
  }

  private static FloatVector initial(Settings settings) {
    return Models.initial(
        settings.model(),
        TinyDataset.VOCABULARY,
        settings.train().context(),
        settings.train().seed());
  }

  private WorkerResult loop(Settings settings, int worker, int[] shards, StepRange range) {
    Dataset dataset = Dataset.open(STORAGE, path("data"));
    return new LocalLoop(settings.model(), settings.train(), TinyDataset.VOCABULARY, Device.CPU)
        .run(
            initial(settings),
            WorkerState.fresh(),
            worker,
            range,
            LanguageBatches.of(dataset, shards, settings.train(), settings.model()),
            StepListener.NONE);
  }

  /** Bytes of every file of the last checkpoint but the manifest, which holds times. */
  private static List<String> checksums(Settings settings) {
    return latest(settings).files().stream()
        .map(file -> file.name() + " " + file.bytes() + " " + file.crc32c())
        .toList();
  }

  @ParameterizedTest
  @CsvSource({"mean,1,0", "nesterov,1,0"})
  void oneWorkerEqualsTheLocalLoopToTheBit(String outer, String rate, String momentum) {
    dataset(500, 400);
    Settings settings =
        settings(
            "run",
            "average.outer=" + outer,
            "average.learning-rate=" + rate,
            "average.momentum=" + momentum,
            "model.dropout=0.1");
    train(settings);
    WorkerResult alone = loop(settings, 0, new int[] {0, 1}, new StepRange(0, 0, 12));
    assertEquals(alone.parameters(), parameters(settings));
  }

  @Test
  void workersAreAveragedByTokens() {
    dataset(300, 300, 300);
    Settings settings = settings("run", "train.workers=3", "train.steps=4");
    train(settings);
    int[][] shards = ShardPlan.assign(settings.train().seed(), 3, new long[] {300, 300, 300});
    double[] mean = new double[(int) layout(settings).size()];
    for (int worker = 0; worker < 3; worker++) {
      FloatVector own = loop(settings, worker, shards[worker], new StepRange(0, 0, 4)).parameters();
      for (int i = 0; i < mean.length; i++) {
        mean[i] += own.get(i) / 3.0;
      }
    }
    FloatVector averaged = parameters(settings);
    for (int i = 0; i < mean.length; i++) {
      assertEquals((float) mean[i], averaged.get(i), 1e-7f);
    }
  }

  @Test
  void averageOfSgdStepsEqualsOneStepOnTheBigBatch() {
    // Two shards of just one batch each: both workers together see what one worker sees at once.
    dataset(33, 33);
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
    Settings separate = settings("two", two);
    train(separate);
    Dataset dataset = Dataset.open(STORAGE, path("data"));
    Settings together =
        settings(
            "one",
            Stream.concat(Arrays.stream(sgd), Stream.of("train.batch=8")).toArray(String[]::new));
    FloatVector big =
        new LocalLoop(together.model(), together.train(), TinyDataset.VOCABULARY, Device.CPU)
            .run(
                initial(together),
                WorkerState.fresh(),
                0,
                new StepRange(0, 0, 1),
                new JoinedBatches(
                    IntStream.range(0, 2)
                        .mapToObj(
                            shard ->
                                LanguageBatches.of(
                                    dataset, new int[] {shard}, separate.train(), separate.model()))
                        .toList()),
                StepListener.NONE)
            .parameters();
    FloatVector averaged = parameters(separate);
    FloatVector start = initial(separate);
    for (long i = 0; i < big.length(); i++) {
      assertEquals(
          big.get(i), averaged.get(i), 1e-6f + 1e-4f * Math.abs(big.get(i) - start.get(i)));
    }
  }

  @ParameterizedTest
  @CsvSource({"transformer,4", "lstm,4", "transformer,epoch", "gru,epoch"})
  void interruptedRunEndsInTheSameFilesAsAnUndisturbedOne(String kind, String every)
      throws IOException {
    dataset(500, 400, 450);
    String[] more = {
      "model.kind=" + kind,
      "train.average-every=" + every,
      "train.steps=60",
      "train.workers=2",
      "average.outer=nesterov",
      "model.dropout=0.1"
    };
    Settings whole = settings("whole", more);
    train(whole);
    Settings broken = settings("broken", more);
    train(broken);
    // What a driver leaves that dies in round 3: no manifest of it, half a worker's state.
    java.nio.file.Path checkpoints = temporary.resolve("broken/checkpoints");
    try (Stream<java.nio.file.Path> rounds = Files.list(checkpoints)) {
      for (java.nio.file.Path round : rounds.toList()) {
        if (round.getFileName().toString().compareTo("round-00000003") > 0) {
          STORAGE.deleteRecursively(new Path(round.toString()));
        }
      }
    }
    java.nio.file.Path third = checkpoints.resolve("round-00000003");
    Files.delete(third.resolve("manifest.json"));
    Files.write(third.resolve("worker-00000.safetensors"), new byte[10]);
    Files.write(third.resolve(".worker-00001.safetensors.1.tmp"), new byte[10]);
    String said = train(broken);
    assertTrue(said.contains("goes on after round 2"), said);
    assertEquals(checksums(whole), checksums(broken));
    assertEquals(run(whole).metrics().size(), run(broken).metrics().size());
    assertEquals(latest(whole).round(), run(broken).metrics().size());
  }

  @Test
  void runDirectoryExplainsItself() throws IOException {
    dataset(500, 400);
    Settings settings = settings("run", "train.workers=2", "train.steps=10", "run.keep=2");
    String said = train(settings);
    assertTrue(said.contains("round 3/3  step 10/10  train loss "), said);
    assertEquals(settings, run(settings).settings());
    List<JsonNode> lines = new ArrayList<>();
    for (String line : run(settings).metrics()) {
      lines.add(JsonMapper.builder().build().readTree(line));
    }
    assertEquals(3, lines.size());
    JsonNode last = lines.get(2);
    long parameters = layout(settings).size();
    assertEquals(3, last.get("round").asLong());
    assertEquals(10, last.get("local_steps").asLong());
    assertEquals(2 * 10 * 32, last.get("tokens").asLong());
    assertEquals(2 * 4 * parameters, last.get("bytes_up").asLong());
    assertTrue(last.get("validation_loss").asDouble() < Math.log(TinyDataset.VOCABULARY));
    assertTrue(last.get("delta_norm").asDouble() > 0);
    assertTrue(last.get("compute_seconds").asDouble() >= last.get("fastest_seconds").asDouble());
    try (Stream<java.nio.file.Path> kept = Files.list(temporary.resolve("run/checkpoints"))) {
      assertEquals(
          List.of("round-00000002", "round-00000003"),
          kept.map(found -> found.getFileName().toString()).sorted().toList());
    }
    assertEquals("1", latest(settings).provenance().get("seed"));
    assertTrue(
        latest(settings)
            .provenance()
            .keySet()
            .containsAll(List.of("os", "cpu", "dataset", "libtorch")));
    try (Stream<java.nio.file.Path> files = Files.walk(temporary.resolve("run"))) {
      assertFalse(files.anyMatch(file -> file.getFileName().toString().startsWith(".")));
    }
  }

  /** Bytes that all tasks of a training sent to the driver. */
  private static long bytesReceived(Settings settings) throws Exception {
    LongAdder received = new LongAdder();
    SparkListener listener =
        new SparkListener() {
          @Override
          public void onTaskEnd(SparkListenerTaskEnd end) {
            received.add(end.taskMetrics().resultSize());
          }
        };
    session.context().sc().addSparkListener(listener);
    try {
      train(settings);
      session.context().sc().listenerBus().waitUntilEmpty();
    } finally {
      session.context().sc().removeSparkListener(listener);
    }
    return received.sum();
  }

  @Test
  void driverReceivesTheAverageHoweverManyWorkersThereAre() throws Exception {
    dataset(400, 400, 400, 400, 400, 400);
    String[] wide = {"model.width=64", "train.steps=2", "train.average-every=2"};
    Settings one = settings("one", wide);
    Settings six =
        settings(
            "six",
            Stream.concat(Arrays.stream(wide), Stream.of("train.workers=6"))
                .toArray(String[]::new));
    long parameterBytes = 4 * layout(one).size();
    long fromOne = bytesReceived(one);
    long fromSix = bytesReceived(six);
    assertTrue(fromOne > parameterBytes, fromOne + " bytes");
    assertTrue(fromSix - fromOne < parameterBytes / 2, fromOne + " and " + fromSix + " bytes");
  }

  @Test
  void trainingLowersTheLoss() {
    dataset(2000, 2000);
    Settings settings =
        settings(
            "run",
            "train.workers=2",
            "train.steps=120",
            "train.average-every=20",
            "train.learning-rate=0.01");
    train(settings);
    JsonNode last = latest(settings).metrics();
    // The walk has an entropy of about 0.93 nats; knowing nothing costs 2.48.
    assertTrue(last.get("validation_loss").asDouble() < 1.6, last.toString());
  }

  @ParameterizedTest
  @CsvSource({"transformer", "lstm"})
  void anotherAttemptAtATaskGivesTheSameBytes(String kind) throws Exception {
    dataset(500, 400);
    Settings settings = settings("run", "model.kind=" + kind, "model.dropout=0.2");
    train(settings);
    CheckpointStore checkpoints = run(settings).checkpoints();
    STORAGE.deleteRecursively(checkpoints.path(3));
    CheckpointManifest second = checkpoints.latest().orElseThrow();
    RoundPlan plan =
        new RoundPlanner(settings.train(), new long[] {500, 400}, checkpoints).next(second);
    SharedVector anchor =
        SharedVector.of(
            session.context(),
            checkpoints.parameters(second, layout(settings)),
            settings.average().anchor());
    RoundTask task =
        new RoundTask(
            STORAGE, settings, path("data"), plan, anchor, new WorkerProgress.Accumulator());
    List<byte[]> parameters = new ArrayList<>();
    List<byte[]> states = new ArrayList<>();
    for (int attempt = 0; attempt < 2; attempt++) {
      task.call(List.of(0).iterator()).forEachRemaining(part -> parameters.add(part._2().bytes));
      states.add(
          Files.readAllBytes(
              temporary.resolve("run/checkpoints/round-00000003/worker-00000.safetensors")));
    }
    assertEquals(4, parameters.size());
    assertArrayEquals(parameters.get(0), parameters.get(2));
    assertArrayEquals(states.get(0), states.get(1));
  }

  @Test
  void changedSettingsAreRefusedByName() {
    dataset(500, 400);
    train(settings("run"));
    SettingsException refused =
        assertThrows(
            SettingsException.class,
            () -> train(settings("run", "train.learning-rate=0.01", "model.width=32")));
    assertTrue(
        refused.getMessage().contains("model.width (is 32, was 16), train.learning-rate"),
        refused.getMessage());
    // What does not shape the result may change.
    train(settings("run", "run.keep=1", "evaluate.every=2"));
  }

  @Test
  void runWithoutARoundTakesOtherSettings() {
    dataset(500, 400);
    String[] sgd = {"train.optimizer=sgd", "train.clip=0", "train.warmup=0"};
    assertThrows(
        ChoraleException.class,
        () -> train(settings("run", sgd[0], sgd[1], sgd[2], "train.learning-rate=1e30")));
    train(settings("run", sgd));
    assertEquals(3, latest(settings("run")).round());
  }

  @Test
  void validationSplitOfOneTokenIsNotEvaluated() {
    TinyDataset.write(1, STORAGE, path("data"), 500, 400);
    train(settings("run"));
    assertTrue(latest(settings("run")).metrics().get("validation_loss").isNull());
  }

  @Test
  void metricsAreMendedFromTheCheckpoint() {
    dataset(500, 400);
    Settings settings = settings("run");
    train(settings);
    List<String> lines = run(settings).metrics();
    // What a driver leaves that dies between the checkpoint and the metrics.
    run(settings).writeMetrics(lines.subList(0, 2));
    train(settings);
    assertEquals(lines, run(settings).metrics());
    // Someone went back a round by deleting the newest.
    STORAGE.deleteRecursively(run(settings).checkpoints().path(3));
    train(settings);
    assertEquals(lines.subList(0, 2), run(settings).metrics().subList(0, 2));
    assertEquals(3, run(settings).metrics().size());
  }

  @Test
  void whatUsersKeepBesideTheCheckpointsStays() {
    dataset(500, 400);
    Path kept = new Path(path("run"), "checkpoints/best/model.safetensors");
    STORAGE.publish(kept, new byte[3]);
    train(settings("run"));
    assertTrue(STORAGE.exists(kept));
  }

  @Test
  void otherDatasetIsRefused() {
    dataset(500, 400);
    train(settings("run"));
    STORAGE.deleteRecursively(path("data"));
    dataset(500, 401);
    SettingsException refused = assertThrows(SettingsException.class, () -> train(settings("run")));
    assertTrue(refused.getMessage().contains("the dataset's fingerprint is"), refused.getMessage());
  }

  @Test
  void lossThatIsNotFiniteStopsTheRunAndKeepsTheLastCheckpoint() {
    dataset(500, 400);
    Settings settings =
        settings(
            "run",
            "train.workers=2",
            "train.optimizer=sgd",
            "train.schedule=step",
            "train.decay-every=6",
            "train.decay-factor=1e30",
            "train.clip=0",
            "train.warmup=0");
    ChoraleException stopped = assertThrows(ChoraleException.class, () -> train(settings));
    assertTrue(
        stopped.getMessage().matches("(?s)Round 2: .*worker [01] .*step [67] .*learning rate.*"),
        stopped.getMessage());
    assertTrue(stopped.getMessage().endsWith("The checkpoint of round 1 stays."));
    assertEquals(1, latest(settings).round());
    parameters(settings);
  }

  /** The first gives infinite parameters, the second parameters too large to compute with. */
  @ParameterizedTest
  @CsvSource({"adamw,1e60,a change of the averaged parameters", "sgd,1e30,a validation loss"})
  void lastStepThatSpoilsTheParametersKeepsTheLastCheckpoint(
      String optimizer, String factor, String what) throws IOException {
    dataset(500, 400);
    Settings settings =
        settings(
            "run",
            "train.optimizer=" + optimizer,
            "train.schedule=step",
            "train.decay-every=7",
            "train.decay-factor=" + factor,
            "train.clip=0",
            "train.warmup=0");
    ChoraleException stopped = assertThrows(ChoraleException.class, () -> train(settings));
    assertTrue(stopped.getMessage().startsWith("Round 2: "), stopped.getMessage());
    assertTrue(stopped.getMessage().contains(what), stopped.getMessage());
    assertEquals(1, latest(settings).round());
    try (Stream<java.nio.file.Path> left = Files.list(temporary.resolve("run/checkpoints"))) {
      assertEquals(1, left.count());
    }
  }

  @ParameterizedTest
  @CsvSource({
    "model.safetensors",
    "outer.safetensors",
    "worker-00000.safetensors",
    "manifest.json"
  })
  void damagedCheckpointIsNamed(String name) throws IOException {
    dataset(500, 400);
    Settings settings = settings("run", "average.outer=nesterov");
    train(settings);
    // A driver that died in round 3 left round 2, and that was damaged.
    STORAGE.deleteRecursively(run(settings).checkpoints().path(3));
    java.nio.file.Path file = temporary.resolve("run/checkpoints/round-00000002").resolve(name);
    byte[] bytes = Files.readAllBytes(file);
    for (byte[] damaged : List.of(flipped(bytes), Arrays.copyOf(bytes, bytes.length / 2))) {
      Files.write(file, damaged);
      Exception refused = assertThrows(Exception.class, () -> train(settings));
      String message = Failures.explained(refused).getMessage();
      assertTrue(message.contains(name) && message.contains("damaged"), message);
      assertArrayEquals(damaged, Files.readAllBytes(file));
    }
    Files.write(file, bytes);
    train(settings);
  }

  private static byte[] flipped(byte[] bytes) {
    byte[] flipped = bytes.clone();
    flipped[flipped.length / 2] ^= 1;
    return flipped;
  }

  @Test
  void moreWorkersThanShardsAreRefusedBeforeAnythingIsWritten() {
    dataset(500, 400);
    assertThrows(SettingsException.class, () -> train(settings("run", "train.workers=3")));
    assertFalse(STORAGE.exists(path("run")));
    assertThrows(SettingsException.class, () -> train(settings("run", "train.context=500")));
    assertFalse(STORAGE.exists(path("run")));
  }

  /** The batches of several workers as one. */
  private record JoinedBatches(List<LanguageBatches> parts) implements BatchSource {
    @Override
    public long batchesPerEpoch() {
      return 1;
    }

    @Override
    public Batch batch(long step) {
      List<Batch> batches = parts.stream().map(part -> part.batch(step)).toList();
      return new Batch(
          batches.stream().flatMapToInt(batch -> Arrays.stream(batch.inputs())).toArray(),
          batches.stream().flatMapToInt(batch -> Arrays.stream(batch.targets())).toArray(),
          batches.stream().mapToInt(Batch::rows).sum(),
          batches.get(0).length(),
          false);
    }
  }
}
