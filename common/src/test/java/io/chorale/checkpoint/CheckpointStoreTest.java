package io.chorale.checkpoint;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.chorale.config.ChoraleException;
import io.chorale.io.Faults;
import io.chorale.io.FaultyFileSystem;
import io.chorale.io.ObjectStoreFileSystem;
import io.chorale.io.SealedJson;
import io.chorale.io.Storage;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
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
    store.prune(2, OptionalLong.empty());
    assertEquals(List.of("round-00000003", "round-00000004"), names(store.path(1).getParent()));
    store.prune(9, OptionalLong.empty());
    assertEquals(WHOLE, names(store.path(3)));
  }

  @ParameterizedTest
  @ValueSource(strings = {"faulty", "objects"})
  void pruningSparesOneRoundHoweverOldItIs(String scheme) {
    on(scheme);
    for (long round = 1; round <= 5; round++) {
      store.commit(written(round));
      store.prune(1, OptionalLong.of(Math.min(2, round)));
    }
    assertEquals(List.of(2L, 5L), store.rounds());
    assertEquals(WHOLE, names(store.path(2)));
    assertEquals(2, store.find(2).orElseThrow().round());
    assertTrue(store.find(3).isEmpty());
    store.prune(1, OptionalLong.of(5));
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
    storage.publish(
        new Path(store.path(1), "manifest.json"),
        new SealedJson("chorale-checkpoint", 2, "").write(forged));
    ChoraleException refused = assertThrows(ChoraleException.class, () -> store.latest());
    assertTrue(refused.getMessage().contains("it names the file"), refused.getMessage());
  }

  @Test
  void aManifestThatLacksAWorkerIsRefused() {
    on("faulty");
    storage.publish(
        new Path(store.path(1), "manifest.json"),
        new SealedJson("chorale-checkpoint", 2, "")
            .write(manifest(1, "model-00000000.safetensors")));
    assertTrue(
        assertThrows(ChoraleException.class, () -> store.latest())
            .getMessage()
            .contains("it names 1 files for 1 workers"));
  }
}
