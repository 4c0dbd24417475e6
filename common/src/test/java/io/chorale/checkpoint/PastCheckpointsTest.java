package io.chorale.checkpoint;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.chorale.config.ChoraleException;
import io.chorale.io.SealedJson;
import io.chorale.io.Storage;
import java.io.IOException;
import java.nio.file.Files;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Manifests of checkpoints as past versions of Chorale wrote them: they open for ever. */
class PastCheckpointsTest {
  private static final List<CheckpointFile> FILES =
      List.of(
          new CheckpointFile("model-3e51e2c5.safetensors", 34, "3e51e2c5"),
          new CheckpointFile("outer-e1f46947.safetensors", 29, "e1f46947"),
          new CheckpointFile("worker-00000-33873ef2.safetensors", 91, "33873ef2"),
          new CheckpointFile("worker-00001-575f7e46.safetensors", 92, "575f7e46"));

  @TempDir java.nio.file.Path directory;

  @Test
  void version2IsReadFieldByField() throws IOException {
    java.nio.file.Path round = Files.createDirectories(round());
    Files.write(round.resolve("manifest.json"), version2());
    CheckpointManifest manifest = store().latest().orElseThrow();
    assertEquals(2, manifest.round());
    assertEquals(8, manifest.steps());
    assertEquals(1024, manifest.tokens());
    assertEquals(2, manifest.workers());
    assertEquals(FILES, manifest.files());
    assertEquals(Map.of("seed", "1", "dataset", "bfd6"), manifest.provenance());
    assertEquals(2.9919918179512024, manifest.metrics().get("train_loss").doubleValue());
  }

  /** Else every checkpoint that is written from now on would be of no version. */
  @Test
  void whatIsWrittenTodayIsVersion2() throws IOException {
    Files.createDirectories(round());
    for (CheckpointFile file : FILES) {
      Files.write(round().resolve(file.name()), new byte[(int) file.bytes()]);
    }
    Map<String, String> provenance = new LinkedHashMap<>();
    provenance.put("seed", "1");
    provenance.put("dataset", "bfd6");
    store()
        .commit(
            new CheckpointManifest(
                2,
                8,
                1024,
                2,
                FILES,
                provenance,
                JsonNodeFactory.instance
                    .objectNode()
                    .put("round", 2)
                    .put("train_loss", 2.9919918179512024)));
    assertArrayEquals(version2(), Files.readAllBytes(round().resolve("manifest.json")));
  }

  @Test
  void otherVersionsAreToldFromDamage() throws IOException {
    Files.createDirectories(round());
    for (int version : new int[] {1, 3}) {
      Files.write(
          round().resolve("manifest.json"),
          new SealedJson("chorale-checkpoint", version, "").write(Map.of("round", 2)));
      String found = assertThrows(ChoraleException.class, () -> store().latest()).getMessage();
      assertTrue(found.contains("its version is " + version + ", expected 2. It was"), found);
    }
  }

  private static byte[] version2() throws IOException {
    return PastCheckpointsTest.class.getResourceAsStream("manifest-2.json").readAllBytes();
  }

  private java.nio.file.Path round() {
    return directory.resolve("checkpoints/round-00000002");
  }

  private CheckpointStore store() {
    return new CheckpointStore(new Storage(new Configuration()), new Path(directory.toUri()));
  }
}
