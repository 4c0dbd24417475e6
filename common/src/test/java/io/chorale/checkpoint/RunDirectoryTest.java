package io.chorale.checkpoint;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.chorale.config.Settings;
import io.chorale.config.SettingsFile;
import io.chorale.data.Schema;
import io.chorale.io.Faults;
import io.chorale.io.ObjectStoreFileSystem;
import io.chorale.io.Storage;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.hadoop.fs.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class RunDirectoryTest {
  private static final byte[] TOKENIZER = "{}".getBytes(UTF_8);
  private static final Schema SCHEMA = Schema.text(7, "");

  @AfterEach
  void end() {
    Faults.end();
    ObjectStoreFileSystem.clear(0);
  }

  private static Settings settings(String... overrides) {
    return SettingsFile.read("my.yaml", "", List.of(overrides));
  }

  @Test
  void aResumeWritesOnlyWhatHasChanged() {
    RunDirectory run =
        new RunDirectory(
            new Storage(ObjectStoreFileSystem.configuration()), new Path("objects://bucket/run"));
    List<String> written = new ArrayList<>();
    Faults.follow(
        (operation, path) -> {
          if (operation.equals("create")) {
            written.add(path.getName());
          }
        });
    run.begin(settings(), SCHEMA, TOKENIZER);
    assertEquals(List.of("tokenizer.json", "schema.json", "settings.yaml"), written);
    written.clear();
    run.begin(settings(), SCHEMA, TOKENIZER);
    assertEquals(List.of(), written);
    run.begin(settings("train.workers=7"), SCHEMA, TOKENIZER);
    assertEquals(List.of("settings.yaml"), written);
    assertEquals(settings("train.workers=7"), run.settings());
    assertArrayEquals(TOKENIZER, run.tokenizer());
    assertEquals(Optional.of(SCHEMA), run.schema());
  }
}
