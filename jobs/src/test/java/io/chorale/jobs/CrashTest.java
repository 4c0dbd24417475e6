package io.chorale.jobs;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.chorale.checkpoint.CheckpointManifest;
import io.chorale.checkpoint.CheckpointStore;
import io.chorale.config.Settings;
import io.chorale.data.Dataset;
import io.chorale.io.Faults;
import io.chorale.io.FaultyFileSystem;
import io.chorale.io.ObjectStoreFileSystem;
import io.chorale.io.Storage;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Processes that die and storage that refuses, on a file system and on an object store: whatever
 * happens, the same command ends in the same bytes, and leaves nothing else.
 */
class CrashTest {
  @RegisterExtension static final SharedSession SPARK = new SharedSession();

  @TempDir java.nio.file.Path directory;
  private TinyTraining tiny;

  private void on(String scheme) {
    Configuration configuration = SPARK.session().context().hadoopConfiguration();
    FaultyFileSystem.register(configuration);
    ObjectStoreFileSystem.register(configuration);
    ObjectStoreFileSystem.clear(0);
    String root = scheme.equals("objects") ? "objects://bucket/top" : "faulty://" + directory;
    tiny = new TinyTraining(SPARK.session().context(), new Storage(configuration), root);
  }

  @AfterEach
  void end() {
    Faults.end();
    ObjectStoreFileSystem.clear(0);
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
    assertEquals(
        List.of("checkpoints", "metrics.jsonl", "settings.yaml", "tokenizer.json"), names(run));
    CheckpointStore checkpoints = tiny.run(settings).checkpoints();
    List<String> rounds = new ArrayList<>();
    long last = checkpoints.latest().map(CheckpointManifest::round).orElse(0L);
    for (long round = 1; round <= last; round++) {
      rounds.add(checkpoints.path(round).getName());
      Set<String> named = new TreeSet<>(Set.of("manifest.json"));
      Path manifest = new Path(checkpoints.path(round), "manifest.json");
      named.addAll(json(manifest).get("files").findValuesAsText("name"));
      assertEquals(List.copyOf(named), names(checkpoints.path(round)));
    }
    assertEquals(rounds, names(new Path(run, "checkpoints")));
    assertTrue(storage.exists(run));
  }

  private JsonNode json(Path file) {
    try {
      return new ObjectMapper().readTree(tiny.storage().readFully(file, 1 << 20));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private List<String> names(Path path) {
    return tiny.storage().list(path).stream().map(FileStatus::getPath).map(Path::getName).toList();
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
    // Tokenizer, settings, metrics; of two rounds: model, outer state, two workers, manifest.
    assertEquals(3 + 2 * 5, refused.size());
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
    assertEquals(0, train("full").exitCode());
    assertEquals(tiny.checksums(whole), tiny.checksums(settings));
  }

  private CommandRun train(String run) {
    return command("train", tiny.overrides(run, TWO_ROUNDS));
  }

  private static CommandRun command(String name, List<String> overrides, String... more) {
    List<String> arguments = new ArrayList<>(List.of(name));
    overrides.forEach(override -> arguments.addAll(List.of("--set", override)));
    arguments.addAll(List.of(more));
    return CommandRun.of(arguments.toArray(String[]::new));
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

  private List<String> tokenizing(String data) throws IOException {
    java.nio.file.Path corpus = directory.resolve("corpus.txt");
    if (!Files.exists(corpus)) {
      Files.writeString(
          corpus,
          IntStream.range(0, 300)
              .mapToObj(i -> "line " + i + " of it\n")
              .collect(Collectors.joining()));
    }
    return List.of(
        "corpus.paths=[" + corpus + "]",
        "tokenizer.kind=characters",
        "data.shards=3",
        "data.path=" + tiny.root() + "/" + data);
  }

  private Dataset dataset(String name) {
    return Dataset.open(tiny.storage(), new Path(tiny.root(), name));
  }

  @ParameterizedTest
  @ValueSource(strings = {"faulty", "objects"})
  void aTokenizationThatWasKilledIsFollowedByAWholeOne(String scheme) throws IOException {
    on(scheme);
    var counted = Faults.killAfter(Integer.MAX_VALUE);
    assertEquals(0, command("tokenize", tokenizing("whole")).exitCode());
    int changes = counted.get();
    Faults.end();
    assertTrue(changes > 10, changes + " changes");
    tiny.storage().publish(new Path(tiny.root(), "other/mine.txt"), new byte[1]);
    for (int kill = changes - 1; kill > 0; kill -= changes / 3) {
      String name = "killed-" + kill;
      Faults.killAfter(kill);
      assertEquals(1, command("tokenize", tokenizing(name)).exitCode(), "killed at " + kill);
      Faults.end();
      boolean there = tiny.storage().exists(new Path(tiny.root(), name + "/dataset.json"));
      String[] overwrite = there ? new String[] {"--overwrite"} : new String[0];
      CommandRun next = command("tokenize", tokenizing(name), overwrite);
      assertEquals(0, next.exitCode(), next.err());
      assertEquals(dataset("whole").fingerprint(), dataset(name).fingerprint());
      assertEquals(
          List.of("dataset.json", "tokenizer.json", "train", "validation"),
          names(new Path(tiny.root(), name)));
    }
    List<String> left = names(new Path(tiny.root()));
    assertTrue(left.stream().noneMatch(name -> name.startsWith(".")), left.toString());
    assertTrue(left.contains("other"), left.toString());
  }

  @ParameterizedTest
  @ValueSource(strings = {"faulty", "objects"})
  @Timeout(100)
  void aTokenizationThatFailedLeavesNothingInTheWayOfTheNext(String scheme) throws IOException {
    on(scheme);
    Faults.follow(
        (operation, path) -> {
          if (operation.equals("close") && path.toString().contains("/train/")) {
            throw new IOException("No space left on device");
          }
        });
    CommandRun failed = command("tokenize", tokenizing("data"));
    Faults.end();
    assertEquals(1, failed.exitCode(), failed.err());
    assertTrue(failed.err().contains("No space left on device. Free space there"), failed.err());
    assertEquals(List.of(), ObjectStoreFileSystem.keys());
    CommandRun next = command("tokenize", tokenizing("data"));
    assertEquals(0, next.exitCode(), next.err());
    assertEquals(
        List.of("dataset.json", "tokenizer.json", "train", "validation"),
        names(new Path(tiny.root(), "data")));
  }

  /** The store tells of new objects a few lists late. */
  @Test
  void fromTextToAModelOnAnObjectStore() throws IOException {
    on("objects");
    ObjectStoreFileSystem.clear(2);
    assertEquals(0, command("tokenize", tokenizing("data")).exitCode());
    CommandRun first = train("run");
    assertEquals(0, first.exitCode(), first.err());
    List<String> longer = new ArrayList<>(tiny.overrides("other", TWO_ROUNDS));
    CommandRun evaluated =
        command("evaluate", List.of("run.path=" + tiny.root() + "/run"), "--json");
    assertEquals(0, evaluated.exitCode(), evaluated.err());
    assertTrue(evaluated.out().contains("\"round\":2"), evaluated.out());
    assertEquals(0, command("train", longer).exitCode());
    assertEquals(
        tiny.checksums(tiny.settings("run", TWO_ROUNDS)),
        tiny.checksums(tiny.settings("other", TWO_ROUNDS)));
    assertTrue(
        ObjectStoreFileSystem.keys().stream().noneMatch(key -> key.contains("/.")),
        ObjectStoreFileSystem.keys().toString());
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
