package io.chorale.jobs.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.chorale.checkpoint.CheckpointManifest;
import io.chorale.checkpoint.CheckpointStore;
import io.chorale.checkpoint.RunDirectory;
import io.chorale.config.Settings;
import io.chorale.io.Faults;
import io.chorale.io.Storage;
import io.chorale.jobs.command.CommandRun;
import io.chorale.jobs.spark.SharedSession;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import org.apache.hadoop.fs.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Trainings whose process dies or whose storage refuses, on a file system and on an object store:
 * whatever happens, the same command ends in the same bytes, and leaves nothing else.
 */
class TrainCrashTest {
  @RegisterExtension static final SharedSession SPARK = new SharedSession();
  @RegisterExtension static final FaultyStorage STORAGE = new FaultyStorage();

  @TempDir java.nio.file.Path directory;
  private TinyTraining tiny;

  private void on(String scheme) {
    tiny = STORAGE.training(SPARK, scheme, directory);
  }

  private static final String[] TWO_ROUNDS = {
    "train.workers=2",
    "train.steps=4",
    "train.average-every=2",
    "average.outer=nesterov",
    "evaluate.every=0"
  };

  /** That a run holds what its manifests name, and nothing hidden. */
  private void assertNothingElse(Settings settings) {
    Storage storage = tiny.storage();
    Path run = tiny.run(settings).path();
    List<String> names = new ArrayList<>(tiny.names(run));
    // Only where the training has said why it ended.
    assertEquals(tiny.run(settings).failure().isPresent(), names.remove("failure.json"));
    assertEquals(
        List.of("checkpoints", "metrics.jsonl", "schema.json", "settings.yaml", "tokenizer.json"),
        names);
    CheckpointStore checkpoints = tiny.run(settings).checkpoints();
    List<String> rounds = new ArrayList<>();
    long last = checkpoints.latest().map(CheckpointManifest::round).orElse(0L);
    for (long round = 1; round <= last; round++) {
      rounds.add(checkpoints.path(round).getName());
      Set<String> named = new TreeSet<>(Set.of("manifest.json"));
      Path manifest = new Path(checkpoints.path(round), "manifest.json");
      named.addAll(json(manifest).get("files").findValuesAsText("name"));
      assertEquals(List.copyOf(named), tiny.names(checkpoints.path(round)));
    }
    assertEquals(rounds, tiny.names(new Path(run, "checkpoints")));
    assertTrue(storage.exists(run));
  }

  private JsonNode json(Path file) {
    try {
      return new ObjectMapper().readTree(tiny.storage().readFully(file, 1 << 20));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Kills the application at many of the moments at which storage changes. */
  @ParameterizedTest
  @CsvSource({"faulty,4", "objects,3"})
  void aTrainingThatWasKilledEndsAsOneThatWasNot(String scheme, int stride) {
    on(scheme);
    tiny.dataset(300, 300);
    Settings whole = tiny.settings("whole", TWO_ROUNDS);
    var counted = Faults.killAfter(Integer.MAX_VALUE);
    tiny.train(whole);
    int changes = counted.get();
    Faults.end();
    assertNothingElse(whole);
    assertTrue(changes > 20, changes + " changes");
    for (int kill = 0; kill < changes; kill += stride) {
      Settings killed = tiny.settings("killed-" + kill, TWO_ROUNDS);
      Faults.killAfter(kill);
      assertThrows(Exception.class, () -> tiny.train(killed));
      Faults.end();
      tiny.train(killed);
      assertEquals(tiny.checksums(whole), tiny.checksums(killed), "killed at " + kill);
      assertEquals(2, tiny.run(killed).metrics().size());
      assertNothingElse(killed);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"faulty", "objects"})
  void storageThatRefusesEveryFileOnceChangesNothing(String scheme) {
    on(scheme);
    tiny.dataset(300, 300);
    Settings whole = tiny.settings("whole", TWO_ROUNDS);
    tiny.train(whole);
    Set<String> refused = ConcurrentHashMap.newKeySet();
    Faults.follow(
        (operation, path) -> {
          String file =
              path.getParent() + path.getName().replaceAll("^\\.|\\.[0-9a-f]{8}\\.tmp$", "");
          if (operation.equals("close") && refused.add(file)) {
            throw new IOException("connection reset");
          }
        });
    Settings disturbed = tiny.settings("disturbed", TWO_ROUNDS);
    tiny.train(disturbed);
    Faults.end();
    // Tokenizer, schema, settings, metrics; of two rounds: model, outer state, two workers,
    // manifest.
    assertEquals(4 + 2 * 5, refused.size());
    assertEquals(tiny.checksums(whole), tiny.checksums(disturbed));
    assertNothingElse(disturbed);
  }

  @ParameterizedTest
  @CsvSource({
    "faulty,worker-00001",
    "faulty,model",
    "faulty,manifest",
    "objects,worker-00001",
    "objects,model"
  })
  void aFullDiskKeepsTheLastCheckpointAndSaysWhatToDo(String scheme, String file) {
    on(scheme);
    tiny.dataset(300, 300);
    Settings whole = tiny.settings("whole", TWO_ROUNDS);
    tiny.train(whole);
    Faults.follow(
        (operation, path) -> {
          if (operation.equals("write")
              && path.toString().matches(".*round-00000002/.*" + file + ".*")) {
            throw new IOException("No space left on device");
          }
        });
    CommandRun full = train("full");
    Faults.end();
    assertEquals(1, full.exitCode(), full.err());
    assertTrue(full.err().contains("No space left on device. Free space there"), full.err());
    assertFalse(full.err().contains("\tat "), full.err());
    Settings settings = tiny.settings("full", TWO_ROUNDS);
    assertEquals(1, tiny.latest(settings).round());
    assertNothingElse(settings);
    RunDirectory.Failure failure = tiny.run(settings).failure().orElseThrow();
    assertEquals(2, failure.round());
    assertTrue(failure.why().contains("No space left on device"), failure.why());
    assertEquals(0, train("full").exitCode());
    assertTrue(tiny.run(settings).failure().isEmpty());
    assertNothingElse(settings);
    assertEquals(tiny.checksums(whole), tiny.checksums(settings));
  }

  @Test
  void aTrainingThatIsInterruptedHasNotFailed() {
    on("faulty");
    tiny.dataset(300, 300);
    Settings settings = tiny.settings("run", TWO_ROUNDS);
    Thread driver = Thread.currentThread();
    Faults.follow(
        (operation, path) -> {
          if (operation.equals("close") && path.getName().contains("metrics")) {
            driver.interrupt();
          }
        });
    assertThrows(Exception.class, () -> tiny.train(settings));
    Thread.interrupted();
    Faults.end();
    assertEquals(1, tiny.latest(settings).round());
    assertTrue(tiny.run(settings).failure().isEmpty());
    tiny.train(settings);
    assertEquals(2, tiny.latest(settings).round());
    assertNothingElse(settings);
  }

  private CommandRun train(String run) {
    return CommandRun.with(tiny.overrides(run, TWO_ROUNDS), "train");
  }

  /**
   * The second driver begins, and ends the run, while the first one is about to write its model or
   * its manifest; what the first one then writes of round 1 lies beside what is committed.
   */
  @ParameterizedTest
  @CsvSource({"faulty,manifest,2", "faulty,model,1", "objects,manifest,1", "objects,model,1"})
  void ofTwoDriversOneEndsWithAMessageAndTheRunIsAsIfItHadNeverBeen(
      String scheme, String moment, int workers) {
    on(scheme);
    tiny.dataset(300, 300);
    String[] second = Arrays.copyOf(TWO_ROUNDS, TWO_ROUNDS.length + 1);
    second[TWO_ROUNDS.length] = "train.workers=" + workers;
    Settings whole = tiny.settings("whole", second);
    tiny.train(whole);
    Settings both = tiny.settings("both", second);
    Faults.follow(
        (operation, path) -> {
          if (operation.equals("create")
              && path.toString().matches(".*round-00000001/[.]?" + moment + ".*")) {
            Faults.end();
            tiny.train(both);
          }
        });
    CommandRun first = train("both");
    assertEquals(1, first.exitCode(), first.err());
    assertTrue(
        first.err().contains("Cannot commit round 1 in ")
            && first.err().contains("Stop the other training of this run.path"),
        first.err());
    assertEquals(tiny.checksums(whole), tiny.checksums(both));
    assertEquals(2, tiny.latest(both).round());
    assertNothingElse(both);
    // Nor has round 1 been touched.
    tiny.storage().deleteRecursively(tiny.run(both).checkpoints().path(2));
    tiny.train(both);
    assertEquals(tiny.checksums(whole), tiny.checksums(both));
  }

  @Test
  void aWorkerThatDoesNotSeeTheRunSaysSoBeforeItTrains() {
    on("faulty");
    tiny.dataset(300, 300);
    Faults.follow(
        (operation, path) -> {
          if (operation.equals("create") && path.toString().matches(".*00001/[.]?manifest.*")) {
            Faults.end();
            tiny.storage().deleteRecursively(new Path(path.getParent(), "../../settings.yaml"));
          }
        });
    CommandRun run = train("run");
    assertEquals(1, run.exitCode(), run.err());
    assertTrue(run.err().contains("Choose a run.path that all machines share."), run.err());
    assertEquals(1, tiny.latest(tiny.settings("run", TWO_ROUNDS)).round());
  }

  @Test
  void whatACheckpointRecordsOfItsOriginHoldsNoSettingsOfSparkOrHadoop() throws IOException {
    on("faulty");
    tiny.dataset(300, 300);
    SPARK.session().context().hadoopConfiguration().set("fs.s3a.secret.key", "hush-hush");
    Settings settings = tiny.settings("run", TWO_ROUNDS);
    tiny.train(settings);
    Set<String> facts = tiny.latest(settings).provenance().keySet();
    assertTrue(facts.containsAll(Set.of("spark", "cpu", "workers", "seed", "dataset")));
    // Names of settings of Spark and Hadoop have dots.
    assertTrue(facts.stream().noneMatch(fact -> fact.contains(".")), facts.toString());
    try (Stream<java.nio.file.Path> files = Files.walk(directory)) {
      for (java.nio.file.Path file : files.filter(Files::isRegularFile).toList()) {
        String text = Files.readString(file, java.nio.charset.StandardCharsets.ISO_8859_1);
        assertFalse(text.contains("hush"), file.toString());
      }
    }
    SPARK.session().context().hadoopConfiguration().unset("fs.s3a.secret.key");
    CommandRun refused = train("s3a://KEY:hush@bucket/run");
    assertArrayEquals(
        new Object[] {2, false}, new Object[] {refused.exitCode(), refused.err().contains("hush")});
  }
}
