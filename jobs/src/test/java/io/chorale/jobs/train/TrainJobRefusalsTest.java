package io.chorale.jobs.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.chorale.checkpoint.CheckpointFile;
import io.chorale.checkpoint.CheckpointManifest;
import io.chorale.checkpoint.CheckpointStore;
import io.chorale.config.ChoraleException;
import io.chorale.config.Settings;
import io.chorale.config.SettingsException;
import io.chorale.io.ArrayContent;
import io.chorale.io.FloatVector;
import io.chorale.io.SafeTensors;
import io.chorale.io.Storage;
import io.chorale.jobs.spark.SharedSession;
import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import java.util.zip.CRC32C;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a training refuses, what stops it, and what it leaves as it was. */
class TrainJobRefusalsTest {
  @RegisterExtension static final SharedSession SPARK = new SharedSession();

  private static final Storage STORAGE = new Storage(new Configuration());

  @TempDir java.nio.file.Path temporary;
  private TinyTraining tiny;

  @BeforeEach
  void open() {
    tiny = new TinyTraining(SPARK.session().context(), STORAGE, temporary.toString());
  }

  @Test
  void changedSettingsAreRefusedByName() {
    tiny.dataset(500, 400);
    tiny.train(tiny.settings("run"));
    SettingsException refused =
        assertThrows(
            SettingsException.class,
            () -> tiny.train(tiny.settings("run", "train.learning-rate=0.01", "model.width=32")));
    assertTrue(
        refused.getMessage().contains("model.width (is 32, was 16), train.learning-rate"),
        refused.getMessage());
    // What does not shape the result may change.
    tiny.train(tiny.settings("run", "run.keep=1", "evaluate.every=2"));
  }

  @Test
  void runWithoutARoundTakesOtherSettings() {
    tiny.dataset(500, 400);
    String[] sgd = {"train.optimizer=sgd", "train.clip=0", "train.warmup=0"};
    assertThrows(
        ChoraleException.class,
        () -> tiny.train(tiny.settings("run", sgd[0], sgd[1], sgd[2], "train.learning-rate=1e30")));
    tiny.train(tiny.settings("run", sgd));
    assertEquals(3, tiny.latest(tiny.settings("run")).round());
  }

  @Test
  void validationSplitOfOneTokenIsNotEvaluated() {
    TinyDataset.write(1, STORAGE, new Path(tiny.root(), "data"), 500, 400);
    String said = tiny.train(tiny.settings("run"));
    assertTrue(said.contains("nothing to evaluate on: split validation has no predictions"), said);
    assertTrue(tiny.latest(tiny.settings("run")).metrics().get("validation_loss").isNull());
    assertTrue(tiny.latest(tiny.settings("run")).metrics().get("validation_split").isNull());
  }

  @Test
  void aSplitThatWasChosenMustHoldSomething() {
    tiny.dataset(500, 400);
    Settings test = tiny.settings("run", "evaluate.split=test");
    SettingsException refused = assertThrows(SettingsException.class, () -> tiny.train(test));
    assertTrue(
        refused.getMessage().contains("Cannot evaluate on split test"), refused.getMessage());
    Settings train = tiny.settings("run", "evaluate.split=train");
    String said = tiny.train(train);
    assertTrue(said.contains("  train loss ") && !said.contains("validation loss"), said);
    assertEquals("train", tiny.latest(train).metrics().get("validation_split").asText());
  }

  @Test
  void aRunInItsDatasetIsRefused() {
    tiny.dataset(500, 400);
    for (String run : List.of("data", "data/run")) {
      SettingsException refused =
          assertThrows(SettingsException.class, () -> tiny.train(tiny.settings(run)));
      assertTrue(refused.getMessage().contains("it lies in dataset"), refused.getMessage());
    }
    assertFalse(STORAGE.exists(new Path(tiny.root(), "data/settings.yaml")));
  }

  @Test
  void metricsAreMendedFromTheCheckpoint() {
    tiny.dataset(500, 400);
    Settings settings = tiny.settings("run");
    tiny.train(settings);
    List<String> lines = tiny.run(settings).metrics();
    // What a driver leaves that dies between the checkpoint and the metrics.
    tiny.run(settings).writeMetrics(lines.subList(0, 2));
    tiny.train(settings);
    assertEquals(lines, tiny.run(settings).metrics());
    // Someone went back a round by deleting the newest.
    STORAGE.deleteRecursively(tiny.run(settings).checkpoints().path(3));
    tiny.train(settings);
    assertEquals(lines.subList(0, 2), tiny.run(settings).metrics().subList(0, 2));
    assertEquals(3, tiny.run(settings).metrics().size());
  }

  @Test
  void whatUsersKeepBesideTheCheckpointsStays() {
    tiny.dataset(500, 400);
    Path kept = new Path(tiny.root(), "run/checkpoints/best/model.safetensors");
    STORAGE.publish(kept, new byte[3]);
    tiny.train(tiny.settings("run"));
    assertTrue(STORAGE.exists(kept));
  }

  @Test
  void aMissingShardIsNamedBeforeAnythingIsWritten() {
    tiny.dataset(500, 400);
    STORAGE.deleteRecursively(new Path(tiny.root(), "data/train/shard-00001.safetensors"));
    ChoraleException refused =
        assertThrows(ChoraleException.class, () -> tiny.train(tiny.settings("run")));
    assertTrue(
        refused.getMessage().contains("shard train/shard-00001.safetensors is missing"),
        refused.getMessage());
    assertFalse(STORAGE.exists(new Path(tiny.root(), "run")));
  }

  @Test
  void otherDatasetIsRefused() {
    tiny.dataset(500, 400);
    tiny.train(tiny.settings("run"));
    STORAGE.deleteRecursively(new Path(tiny.root(), "data"));
    tiny.dataset(500, 401);
    SettingsException refused =
        assertThrows(SettingsException.class, () -> tiny.train(tiny.settings("run")));
    assertTrue(refused.getMessage().contains("the dataset's fingerprint is"), refused.getMessage());
  }

  @Test
  void lossThatIsNotFiniteStopsTheRunAndKeepsTheLastCheckpoint() {
    tiny.dataset(500, 400);
    Settings settings =
        tiny.settings(
            "run",
            // Without a layer norm, which makes zeros of steps that are too large.
            "model.kind=lstm",
            "train.workers=2",
            "train.optimizer=sgd",
            "train.schedule=step",
            "train.decay-every=6",
            "train.decay-factor=1e30",
            "train.clip=0",
            "train.warmup=0");
    ChoraleException stopped = assertThrows(ChoraleException.class, () -> tiny.train(settings));
    assertTrue(
        stopped.getMessage().matches("(?s)Round 2: .*worker [01] .*step [67] .*learning rate.*"),
        stopped.getMessage());
    assertTrue(stopped.getMessage().endsWith("The checkpoint of round 1 stays."));
    assertEquals(1, tiny.latest(settings).round());
    tiny.parameters(settings);
  }

  /** The first gives infinite parameters, the second parameters too large to compute with. */
  @ParameterizedTest
  @CsvSource({"adamw,1e60,a change of the averaged parameters", "sgd,1e30,a validation loss"})
  void lastStepThatSpoilsTheParametersKeepsTheLastCheckpoint(
      String optimizer, String factor, String what) throws IOException {
    tiny.dataset(500, 400);
    Settings settings =
        tiny.settings(
            "run",
            "train.optimizer=" + optimizer,
            "train.schedule=step",
            "train.decay-every=7",
            "train.decay-factor=" + factor,
            "train.clip=0",
            "train.warmup=0");
    ChoraleException stopped = assertThrows(ChoraleException.class, () -> tiny.train(settings));
    assertTrue(stopped.getMessage().startsWith("Round 2: "), stopped.getMessage());
    assertTrue(stopped.getMessage().contains(what), stopped.getMessage());
    assertEquals(1, tiny.latest(settings).round());
    try (Stream<java.nio.file.Path> left = Files.list(temporary.resolve("run/checkpoints"))) {
      assertEquals(1, left.count());
    }
  }

  @Test
  void damagedCheckpointIsNamed() throws IOException {
    tiny.dataset(500, 400);
    Settings settings = tiny.settings("run", "average.outer=nesterov");
    // A driver that died in round 3 left round 2, and that was damaged.
    tiny.trainUntil(2, settings);
    for (String prefix : List.of("model", "outer", "worker-00000", "manifest.json")) {
      java.nio.file.Path file = java.nio.file.Path.of(tiny.file(settings, 2, prefix).toUri());
      String name = file.getFileName().toString();
      byte[] bytes = Files.readAllBytes(file);
      for (byte[] damaged :
          List.of(
              flipped(bytes, bytes.length / 2),
              flipped(bytes, 10),
              Arrays.copyOf(bytes, bytes.length / 2))) {
        Files.write(file, damaged);
        Exception refused = assertThrows(Exception.class, () -> tiny.train(settings));
        String message = told(refused).getMessage();
        assertTrue(message.contains(name) && message.contains("damaged"), message);
        assertArrayEquals(damaged, Files.readAllBytes(file));
      }
      Files.write(file, bytes);
    }
    tiny.train(settings);
    assertEquals(3, tiny.latest(settings).round());
  }

  @ParameterizedTest
  @CsvSource({
    "adamw, optimizer.adamw.second, 5, has 5 values",
    "sgd, optimizer.sgd.momentum, 5, has 5 values",
    "adamw, hidden.0, 5, has 5 values",
    "adamw, average.residual, 5, has 5 values",
    "adamw, optimizer.adamw.first, 0, it holds [average.residual, hidden.0, optimizer.adamw.second]"
  })
  void aWorkerStateThatDoesNotFitIsNamed(String optimizer, String array, int length, String found) {
    tiny.dataset(500, 400);
    Settings settings =
        tiny.settings(
            "run",
            "train.optimizer=" + optimizer,
            "model.kind=gru",
            "average.send=int8",
            "average.outer=nesterov");
    tiny.trainUntil(2, settings);
    // A file as it should be, but for what it holds.
    CheckpointManifest second = tiny.latest(settings);
    CheckpointStore checkpoints = tiny.run(settings).checkpoints();
    Map<String, FloatVector> state =
        SafeTensors.readFloats(STORAGE, tiny.file(settings, 2, "worker-00000"), new CRC32C());
    if (state.remove(array) == null) {
      throw new AssertionError("no " + array);
    }
    if (length > 0) {
      state.put(array, new FloatVector(length));
    }
    CheckpointFile forged =
        CheckpointFile.write(
            STORAGE,
            checkpoints.path(2),
            CheckpointFile.worker(0),
            "chorale-worker-1",
            ArrayContent.of(state));
    List<CheckpointFile> files = new ArrayList<>(second.files());
    files.removeIf(file -> file.name().startsWith("worker-00000"));
    files.add(forged);
    STORAGE.deleteRecursively(new Path(checkpoints.path(2), "manifest.json"));
    checkpoints.commit(
        new CheckpointManifest(
            second.round(),
            second.steps(),
            second.tokens(),
            second.workers(),
            files,
            second.provenance(),
            second.metrics()));
    Exception refused = assertThrows(Exception.class, () -> tiny.train(settings));
    String message = told(refused).getMessage();
    assertTrue(
        message.startsWith("Cannot restore checkpoint file ")
            && message.contains(forged.name())
            && message.contains(found)
            && message.contains("The file is damaged: restore it"),
        message);
    assertEquals(2, tiny.latest(settings).round());
  }

  /** The failure that explains itself; Spark wraps what happens on an executor. */
  private static Throwable told(Throwable failure) {
    Throwable cause = failure;
    while (!(cause instanceof ChoraleException) && cause.getCause() != null) {
      cause = cause.getCause();
    }
    return cause;
  }

  private static byte[] flipped(byte[] bytes, int at) {
    byte[] flipped = bytes.clone();
    flipped[at] ^= 1;
    return flipped;
  }

  @Test
  void moreWorkersThanShardsAreRefusedBeforeAnythingIsWritten() {
    tiny.dataset(500, 400);
    assertThrows(
        SettingsException.class, () -> tiny.train(tiny.settings("run", "train.workers=3")));
    assertFalse(STORAGE.exists(new Path(tiny.root(), "run")));
    assertThrows(
        SettingsException.class, () -> tiny.train(tiny.settings("run", "train.context=500")));
    assertFalse(STORAGE.exists(new Path(tiny.root(), "run")));
  }
}
