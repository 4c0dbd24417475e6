package io.chorale.io;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.chorale.config.ChoraleException;
import io.chorale.config.SettingsException;
import java.io.IOException;
import java.nio.file.Files;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class StagedDirectoryTest {
  private static final String MARKER = "set.json";

  @TempDir java.nio.file.Path directory;
  private Storage storage;
  private Path root;

  private void on(String scheme) {
    Configuration configuration = FaultyFileSystem.configuration();
    ObjectStoreFileSystem.register(configuration);
    storage = new Storage(configuration);
    root = new Path(scheme.equals("objects") ? "objects://bucket/top" : "faulty://" + directory);
    ObjectStoreFileSystem.clear(0);
  }

  @AfterEach
  void end() {
    Faults.end();
    ObjectStoreFileSystem.clear(0);
  }

  private StagedDirectory stage(boolean overwrite) {
    return storage.stage(new Path(root, "set"), "set", MARKER, Set.of("deep"), overwrite);
  }

  private StagedDirectory begun(boolean overwrite, String content) {
    StagedDirectory staged = stage(overwrite);
    staged.begin(key(content));
    storage.publish(new Path(staged.path(), "deep/" + content), content.getBytes(UTF_8));
    return staged;
  }

  private static String key(String content) {
    return Checksums.crc32c(content.getBytes(UTF_8));
  }

  private static void publish(StagedDirectory staged, String content) {
    staged.publish(content.getBytes(UTF_8), List.of("deep/" + content));
  }

  private String marker() {
    return new String(storage.readFully(new Path(root, "set/" + MARKER), 99), UTF_8);
  }

  private List<String> files() throws IOException {
    if (root.toUri().getScheme().equals("objects")) {
      return ObjectStoreFileSystem.keys().stream()
          .map(key -> key.substring((root + "/").length()))
          .toList();
    }
    try (Stream<java.nio.file.Path> files = Files.walk(directory)) {
      return files
          .filter(Files::isRegularFile)
          .map(file -> directory.relativize(file).toString())
          .sorted()
          .toList();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"faulty", "objects"})
  void isThereWholeOrReplacedWhole(String scheme) throws IOException {
    on(scheme);
    StagedDirectory first = begun(false, "one");
    assertFalse(storage.exists(new Path(root, "set/" + MARKER)));
    publish(first, "one");
    assertEquals(List.of("set/deep/one", "set/set.json"), files());
    assertThrows(SettingsException.class, () -> stage(false));
    publish(begun(true, "two"), "two");
    assertEquals(List.of("set/deep/two", "set/set.json"), files());
    assertEquals("two", marker());
  }

  @ParameterizedTest
  @ValueSource(strings = {"faulty", "objects"})
  void whatWasWrittenWithTheSameKeyStays(String scheme) throws IOException {
    on(scheme);
    StagedDirectory killed = begun(false, "one");
    StagedDirectory next = stage(false);
    next.begin(key("one"));
    assertEquals(killed.path(), next.path());
    publish(next, "one");
    assertEquals(List.of("set/deep/one", "set/set.json"), files());
    begun(true, "two");
    publish(begun(true, "three"), "three");
    assertEquals(List.of("set/deep/three", "set/set.json"), files());
  }

  @ParameterizedTest
  @ValueSource(strings = {"faulty", "objects"})
  void aWorkDirectoryIsOfOneJob(String scheme) throws IOException {
    on(scheme);
    Path target = new Path(root, "set");
    WorkDirectory work = WorkDirectory.beside(storage, target, "0123456789abcdef");
    assertFalse(work.begin("plan", new byte[] {1}));
    Path part = new Path(work.path(), "part");
    storage.publish(part, new byte[1]);
    assertTrue(work.begin("plan", new byte[] {1}));
    assertTrue(storage.exists(part));
    // Another job whose key begins with the same digits.
    assertFalse(work.begin("plan", new byte[] {2}));
    assertFalse(storage.exists(part));
    WorkDirectory other = WorkDirectory.beside(storage, target, "fedcba9876543210");
    other.begin("plan", new byte[] {3});
    storage.publish(new Path(root, ".other.01234567.work/plan"), new byte[1]);
    other.clear();
    assertEquals(List.of(".other.01234567.work/plan"), files());
  }

  /** Else the next run would take files for finished that are gone. */
  @ParameterizedTest
  @ValueSource(strings = {"faulty", "objects"})
  void aWorkDirectoryThatIsHalfDeletedIsBegunAnew(String scheme) throws IOException {
    on(scheme);
    Path target = new Path(root, "set");
    WorkDirectory work = WorkDirectory.beside(storage, target, "0123456789abcdef");
    int kills = 0;
    for (int kill = 1; kill < 4; kill++) {
      assertFalse(work.begin("plan", new byte[] {1}));
      Path facts = new Path(work.path(), "stage/facts");
      storage.publish(new Path(work.path(), "stage/a"), new byte[1]);
      storage.publish(facts, new byte[1]);
      Faults.killAfter(kill);
      try {
        work.clear();
      } catch (ChoraleException e) {
        kills++;
      }
      Faults.end();
      if (work.begin("plan", new byte[] {1})) {
        assertTrue(storage.exists(new Path(work.path(), "stage/a")), "killed at " + kill);
        assertTrue(storage.exists(facts), "killed at " + kill);
      } else {
        assertFalse(storage.exists(facts), "killed at " + kill);
      }
      work.clear();
    }
    assertTrue(kills > 0);
  }

  @ParameterizedTest
  @ValueSource(strings = {"faulty", "objects"})
  void whatDoesNotBelongToItIsNeverOverwritten(String scheme) throws IOException {
    on(scheme);
    publish(begun(false, "one"), "one");
    for (String mine : List.of("mine", ".git")) {
      Path file = new Path(root, "set/" + mine + "/file");
      storage.publish(file, new byte[1]);
      SettingsException refused = assertThrows(SettingsException.class, () -> stage(true));
      assertTrue(refused.getMessage().contains("it also holds " + mine), refused.getMessage());
      assertTrue(storage.exists(file));
      storage.deleteRecursively(file.getParent());
    }
    publish(begun(true, "two"), "two");
    assertEquals("two", marker());
  }

  @ParameterizedTest
  @ValueSource(strings = {"faulty", "objects"})
  void aProbeLeavesNothing(String scheme) throws IOException {
    on(scheme);
    storage.stage(new Path(root, "not/there/yet"), "set", MARKER, Set.of("deep"), false).probe();
    assertEquals(List.of(), files());
    assertFalse(Files.exists(directory.resolve("not")));
    publish(begun(false, "one"), "one");
    stage(true).probe();
    assertEquals(List.of("set/deep/one", "set/set.json"), files());
  }

  @Test
  void aProbeFindsOutThatADirectoryCannotBeWritten() throws IOException {
    on("faulty");
    storage.publish(new Path(root, "file"), new byte[1]);
    StagedDirectory below =
        storage.stage(new Path(root, "file/set"), "set", MARKER, Set.of("deep"), false);
    assertThrows(ChoraleException.class, below::probe);
    assertEquals(List.of("file"), files());
    on("objects");
    StagedDirectory denied = stage(false);
    Faults.refuse("create", MARKER, 99, "Access Denied");
    assertThrows(ChoraleException.class, denied::probe);
  }

  @ParameterizedTest
  @ValueSource(strings = {"faulty", "objects"})
  void aFailureLeavesNothing(String scheme) throws IOException {
    on(scheme);
    StagedDirectory failed = begun(false, "one");
    assertTrue(failed.remains());
    failed.discard();
    assertFalse(failed.remains());
    assertEquals(List.of(), files());
    // Tasks that are being killed write for a moment.
    storage.publish(new Path(failed.path(), "late"), new byte[1]);
    assertTrue(failed.remains());
    failed.discard();
    assertEquals(List.of(), files());
    StagedDirectory refused = stage(false);
    refused.discard();
    assertFalse(refused.remains());
    publish(begun(false, "next"), "next");
    assertEquals(List.of("set/deep/next", "set/set.json"), files());
  }

  /** Kills the writer before each of its changes; the next one needs no help. */
  @ParameterizedTest
  @ValueSource(strings = {"faulty false", "faulty true", "objects false", "objects true"})
  void aKilledRunIsFollowedByOneThatLeavesNothingOfIt(String where) throws IOException {
    on(where.split(" ")[0]);
    boolean overwrite = where.endsWith("true");
    int kills = 0;
    for (boolean whole = false; !whole; kills++) {
      ObjectStoreFileSystem.clear(0);
      storage.deleteRecursively(root);
      if (overwrite) {
        publish(begun(false, "old"), "old");
      }
      Faults.killAfter(kills);
      try {
        publish(begun(overwrite, "killed"), "killed");
        whole = true;
      } catch (RuntimeException e) {
        Faults.end();
        if (storage.exists(new Path(root, "set/" + MARKER))) {
          // What a reader sees is one of the two, whole.
          assertTrue(storage.exists(new Path(root, "set/deep/" + marker())), marker());
        }
      }
      Faults.end();
      boolean there = storage.exists(new Path(root, "set/" + MARKER));
      publish(begun(there, "next"), "next");
      assertEquals(List.of("set/deep/next", "set/set.json"), files(), "killed at " + kills);
    }
    assertTrue(kills > 5, kills + " kills");
  }

  @ParameterizedTest
  @ValueSource(strings = {"faulty", "objects"})
  void ofTwoRunsOneWins(String scheme) throws IOException {
    on(scheme);
    StagedDirectory first = begun(false, "first");
    StagedDirectory second = begun(false, "second");
    boolean inPlace = scheme.equals("objects");
    publish(inPlace ? second : first, inPlace ? "second" : "first");
    List<String> won = files();
    ChoraleException lost =
        assertThrows(
            ChoraleException.class,
            () -> publish(inPlace ? first : second, inPlace ? "first" : "second"));
    assertTrue(lost.getMessage().contains("another run has written it"), lost.getMessage());
    (inPlace ? first : second).discard();
    assertEquals(won, files());
    assertEquals(inPlace ? "second" : "first", marker());
  }

  @ParameterizedTest
  @ValueSource(strings = {"faulty", "objects"})
  void overwritesOnlyWhatItKnows(String scheme) throws IOException {
    on(scheme);
    publish(begun(false, "one"), "one");
    assertTrue(
        assertThrows(SettingsException.class, () -> stage(false))
            .getMessage()
            .endsWith("it exists, expected a new path. Choose another one, or give --overwrite."));
    storage.deleteRecursively(new Path(root, "set"));
    storage.publish(new Path(root, "set/letter.txt"), new byte[1]);
    assertThrows(SettingsException.class, () -> stage(true));
    storage.deleteRecursively(new Path(root, "set"));
    storage.publish(new Path(root, "set"), new byte[1]);
    assertThrows(SettingsException.class, () -> stage(true));
    storage.deleteRecursively(new Path(root, "set"));
    storage.createDirectories(new Path(root, "set"));
    publish(begun(false, "two"), "two");
    assertEquals(List.of("set/deep/two", "set/set.json"), files());
  }

  @Test
  void waitsOnlyForAWhileForTasksThatGoOnWriting() {
    on("objects");
    StagedDirectory failed = begun(false, "one");
    AtomicInteger late = new AtomicInteger();
    Faults.follow(
        (asked, path) -> {
          if (asked.equals("delete")) {
            storage.publish(new Path(failed.path(), "late-" + late.incrementAndGet()), new byte[1]);
          }
        });
    ChoraleException gaveUp = assertThrows(ChoraleException.class, failed::discard);
    assertEquals(
        "Cannot discard set objects://bucket/top/set: files appear in it again and again, expected the tasks of this run to have ended. Delete it when they have.",
        gaveUp.getMessage());
  }

  @Test
  void theOldOneComesBackWhereTheNewOneCannotTakeItsPlace() throws IOException {
    on("faulty");
    publish(begun(false, "one"), "one");
    StagedDirectory next = begun(true, "two");
    Faults.follow(
        (asked, path) -> {
          if (asked.equals("rename") && path.getName().endsWith(".partial")) {
            throw new IOException("No space left on device");
          }
        });
    assertThrows(RuntimeException.class, () -> publish(next, "two"));
    Faults.end();
    assertEquals("one", marker());
    next.discard();
    assertEquals(List.of("set/deep/one", "set/set.json"), files());
  }
}
