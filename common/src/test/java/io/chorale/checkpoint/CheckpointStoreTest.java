package io.chorale.checkpoint;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.NullNode;
import io.chorale.config.ChoraleException;
import io.chorale.io.ArrayContent;
import io.chorale.io.Faults;
import io.chorale.io.FaultyFileSystem;
import io.chorale.io.FloatVector;
import io.chorale.io.ObjectStoreFileSystem;
import io.chorale.io.SealedJson;
import io.chorale.io.Storage;
import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CheckpointStoreTest {
  @TempDir java.nio.file.Path directory;
  private Storage storage;
  private CheckpointStore store;

  private void on(String scheme) {
    Configuration configuration = FaultyFileSystem.configuration();
    ObjectStoreFileSystem.register(configuration);
    ObjectStoreFileSystem.clear(0);
    storage = new Storage(configuration);
    store =
        new CheckpointStore(
            storage,
            new Path(scheme.equals("objects") ? "objects://bucket/run" : "faulty://" + directory));
  }

  @AfterEach
  void end() {
    Faults.end();
    ObjectStoreFileSystem.clear(0);
  }

  private CheckpointManifest manifest(long round, String... files) {
    List<CheckpointFile> stored = new ArrayList<>();
    for (String file : files) {
      stored.add(new CheckpointFile(file, 3, "00000000"));
    }
    return new CheckpointManifest(
        round, round, round, 1, stored, Map.of(), JsonNodeFactory.instance.objectNode());
  }

  private CheckpointManifest written(long round) {
    for (String file : List.of("model-00000000.safetensors", "worker-00000-00000000.safetensors")) {
      storage.publish(new Path(store.path(round), file), "abc".getBytes(UTF_8));
    }
    return manifest(round, "model-00000000.safetensors", "worker-00000-00000000.safetensors");
  }

  private List<String> names(Path path) {
    return storage.list(path).stream().map(FileStatus::getPath).map(Path::getName).toList();
  }

  private static final List<String> WHOLE =
      List.of("manifest.json", "model-00000000.safetensors", "worker-00000-00000000.safetensors");

  @ParameterizedTest
  @ValueSource(strings = {"faulty", "objects"})
  void aCommitLeavesWhatItsManifestNames(String scheme) {
    on(scheme);
    CheckpointManifest first = written(1);
    storage.publish(
        new Path(store.path(1), ".worker-00000-00000000.safetensors.0123abcd.tmp"), new byte[1]);
    storage.publish(new Path(store.path(1), "worker-00007-00000000.safetensors"), new byte[1]);
    store.commit(first);
    assertEquals(WHOLE, names(store.path(1)));
    assertEquals(1, store.latest().orElseThrow().round());
  }

  @ParameterizedTest
  @ValueSource(strings = {"faulty", "objects"})
  void theNextRunRemovesWhatKilledOnesLeft(String scheme) {
    on(scheme);
    store.commit(written(1));
    written(2);
    Path late = new Path(store.path(1), ".worker-00000-00000000.safetensors.0123abcd.tmp");
    storage.publish(late, new byte[1]);
    Path kept = new Path(store.path(1), "notes.txt");
    storage.publish(kept, new byte[1]);
    store.discardUncommitted();
    assertFalse(storage.exists(late));
    assertFalse(storage.exists(store.path(2)));
    assertTrue(storage.exists(kept));
    assertEquals(1, store.latest().orElseThrow().round());
  }

  @ParameterizedTest
  @ValueSource(strings = {"faulty", "objects"})
  void ofTwoDriversTheSecondToCommitEndsWithAMessage(String scheme) {
    on(scheme);
    CheckpointManifest mine = written(1);
    store.commit(mine);
    // Once more the same is no loss: its first attempt may not have been told that it succeeded.
    store.commit(mine);
    CheckpointManifest other =
        new CheckpointManifest(1, 1, 1, 1, mine.files(), Map.of("cpu", "other"), mine.metrics());
    ChoraleException lost = assertThrows(ChoraleException.class, () -> store.commit(other));
    assertTrue(
        lost.getMessage().startsWith("Cannot commit round 1 in ")
            && lost.getMessage().contains("has been committed by another driver"),
        lost.getMessage());
    assertEquals(mine, store.latest().orElseThrow());
    assertEquals(WHOLE, names(store.path(1)));
  }

  @ParameterizedTest
  @ValueSource(strings = {"faulty", "objects"})
  void filesThatAnotherDriverDeletedAreMissedBeforeTheCommit(String scheme) {
    on(scheme);
    CheckpointManifest mine = written(1);
    storage.deleteRecursively(new Path(store.path(1), "worker-00000-00000000.safetensors"));
    ChoraleException lost = assertThrows(CheckpointStore.Taken.class, () -> store.commit(mine));
    assertTrue(
        lost.getMessage().contains("worker-00000-00000000.safetensors has been"),
        lost.getMessage());
    storage.publish(new Path(store.path(1), "worker-00000-00000000.safetensors"), new byte[2]);
    assertThrows(CheckpointStore.Taken.class, () -> store.commit(mine));
    assertTrue(store.latest().isEmpty());
  }

  /** A driver that starts takes for abandoned what another is about to commit. */
  @ParameterizedTest
  @ValueSource(strings = {"faulty", "objects"})
  void filesThatAnotherDriverDeletesInTheMiddleLeaveNoManifest(String scheme) {
    on(scheme);
    store.commit(written(1));
    CheckpointManifest mine = written(2);
    Faults.follow(
        (operation, path) -> {
          if (operation.equals("create") && path.getName().contains("manifest.json")) {
            Faults.end();
            store.discardUncommitted();
          }
        });
    assertThrows(CheckpointStore.Taken.class, () -> store.commit(mine));
    assertEquals(1, store.latest().orElseThrow().round());
  }

  @ParameterizedTest
  @ValueSource(strings = {"faulty", "objects"})
  void pruningKeepsTheNewestAndRemovesWhatIsLeftOfRoundsBefore(String scheme) {
    on(scheme);
    for (long round = 1; round <= 4; round++) {
      store.commit(written(round));
    }
    storage.deleteRecursively(new Path(store.path(1), "manifest.json"));
    store.prune(2, Set.of());
    assertEquals(List.of("round-00000003", "round-00000004"), names(store.path(1).getParent()));
    store.prune(9, Set.of());
    assertEquals(WHOLE, names(store.path(3)));
  }

  @ParameterizedTest
  @ValueSource(strings = {"faulty", "objects"})
  void pruningSparesOneRoundHoweverOldItIs(String scheme) {
    on(scheme);
    for (long round = 1; round <= 5; round++) {
      store.commit(written(round));
      store.prune(1, Set.of(Math.min(2, round)));
    }
    assertEquals(List.of(2L, 5L), store.committed());
    assertEquals(WHOLE, names(store.path(2)));
    assertEquals(2, store.find(2).orElseThrow().round());
    assertTrue(store.find(3).isEmpty());
    store.prune(1, Set.of(5L));
    assertEquals(List.of("round-00000005"), names(store.path(1).getParent()));
  }

  @Test
  void aRoundThatTheStoreDoesNotListYetIsFound() {
    on("objects");
    store.commit(written(1));
    ObjectStoreFileSystem.clear(1000);
    store.commit(written(1));
    store.commit(written(2));
    assertEquals(2, store.latest().orElseThrow().round());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "../round-00000001/worker-00000-00000000.safetensors",
        "/etc/passwd.safetensors",
        "file:///x.safetensors",
        "a\\b.safetensors",
        "..",
        "a/b.safetensors",
        ".hidden.safetensors",
        "model-11111111.safetensors",
        "manifest.json"
      })
  void aManifestThatNamesFilesElsewhereIsRefused(String name) {
    on("faulty");
    CheckpointManifest forged =
        manifest(1, "model-00000000.safetensors", "worker-00000-00000000.safetensors", name);
    assertRefused("it names the file", forged);
  }

  private static final String MODEL = "model-00000000.safetensors";
  private static final String WORKER = "worker-00000-00000000.safetensors";

  private void publishForged(CheckpointManifest forged) {
    storage.publish(
        new Path(store.path(forged.round()), "manifest.json"),
        new SealedJson("chorale-checkpoint", 2, "").write(forged));
  }

  private void assertRefused(String found, CheckpointManifest forged) {
    publishForged(forged);
    String message = assertThrows(ChoraleException.class, () -> store.latest()).getMessage();
    assertTrue(message.startsWith("Cannot read ") && message.contains(found), message);
  }

  @Test
  void aManifestOfOtherPartsIsRefused() {
    on("faulty");
    assertRefused("it names 1 files for 1 workers", manifest(1, MODEL));
    assertRefused("it names 1 files for 1 workers", manifest(1, WORKER));
    assertRefused("it names 3 files for 1 workers", manifest(1, MODEL, WORKER, WORKER));
    CheckpointManifest withNull = manifest(1, MODEL, WORKER);
    withNull.files().add(null);
    assertRefused("it names the file null", withNull);
  }

  private static CheckpointManifest with(
      CheckpointManifest whole, int workers, long steps, long tokens, JsonNode metrics) {
    return new CheckpointManifest(
        whole.round(), steps, tokens, workers, whole.files(), Map.of(), metrics);
  }

  @Test
  void aManifestOfNumbersThatDoNotFitEachOtherIsRefused() {
    on("faulty");
    CheckpointManifest whole = manifest(3, MODEL, WORKER);
    JsonNode metrics = whole.metrics();
    assertRefused("3 rounds with 2 steps and 9 tokens", with(whole, 1, 2, 9, metrics));
    assertRefused("3 rounds with 5 steps and 4 tokens", with(whole, 1, 5, 4, metrics));
    assertRefused("3 rounds with -1 steps", with(whole, 1, -1, 9, metrics));
    assertRefused("for 0 workers", with(whole, 0, 3, 3, metrics));
    assertRefused("for 2147483647 workers", with(whole, Integer.MAX_VALUE, 3, 3, metrics));
    assertRefused("its metrics are NULL", with(whole, 1, 3, 3, NullNode.getInstance()));
  }

  @Test
  void theOuterStateIsTheOptimizers() {
    on("faulty");
    CheckpointManifest without = manifest(1, MODEL, WORKER);
    assertEquals(Map.of(), store.outerState(without, List.of(), 4));
    assertTrue(
        assertThrows(
                ChoraleException.class, () -> store.outerState(without, List.of("momentum"), 4))
            .getMessage()
            .contains("it names no state of the outer optimizer"));

    CheckpointFile file =
        CheckpointFile.write(
            storage,
            store.path(1),
            CheckpointFile.OUTER,
            "chorale-outer-1",
            ArrayContent.of(Map.of("momentum", new FloatVector(4))));
    CheckpointManifest manifest = manifest(1, MODEL, WORKER);
    manifest.files().add(file);
    assertEquals(
        Map.of("momentum", new FloatVector(4)), store.outerState(manifest, List.of("momentum"), 4));
    assertTrue(
        assertThrows(
                ChoraleException.class, () -> store.outerState(manifest, List.of("momentum"), 5))
            .getMessage()
            .contains("momentum has 4 values, expected 5"));
    assertTrue(
        assertThrows(ChoraleException.class, () -> store.outerState(manifest, List.of("first"), 4))
            .getMessage()
            .contains("it holds [momentum], expected [first]"));
  }

  private java.nio.file.Path local(Path path) {
    return java.nio.file.Path.of(path.toUri().getPath());
  }

  @Test
  void roundsThatAreLinksAreReadButNeitherWrittenNorDeleted() throws IOException {
    on("faulty");
    store.commit(written(1));
    java.nio.file.Path outside = directory.resolve("outside");
    Files.move(local(store.path(1)), outside);
    for (String name : List.of(".x.0123abcd.tmp", "model-11111111.safetensors")) {
      Files.writeString(outside.resolve(name), "precious");
    }
    List<String> before = names(new Path("faulty://" + outside));
    Files.createSymbolicLink(local(store.path(1)), outside);

    // The newest round, to go on from; then an old one, to be pruned.
    assertEquals(1, store.latest().orElseThrow().round());
    store.discardUncommitted();
    store.discardUncommitted(1);
    store.commit(written(2));
    store.prune(1, Set.of());
    assertEquals(before, names(new Path("faulty://" + outside)));
    assertTrue(Files.isSymbolicLink(local(store.path(1))));

    Files.createDirectories(directory.resolve("empty"));
    Files.createSymbolicLink(local(store.path(3)), directory.resolve("empty"));
    for (Executable writing :
        List.<Executable>of(
            () -> store.discardUncommitted(),
            () -> store.commit(manifest(3, MODEL, WORKER)),
            () ->
                CheckpointFile.write(
                    storage, store.path(3), "worker-00001", "chorale-worker-1", List.of()))) {
      String refused = assertThrows(ChoraleException.class, writing).getMessage();
      assertTrue(refused.contains("a symbolic link leads out of"), refused);
    }
    assertEquals(List.of(), names(new Path("faulty://" + directory.resolve("empty"))));
  }
}
