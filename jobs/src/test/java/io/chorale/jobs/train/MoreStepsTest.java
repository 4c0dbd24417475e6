package io.chorale.jobs.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.chorale.config.Settings;
import io.chorale.config.SettingsException;
import io.chorale.io.Storage;
import io.chorale.jobs.spark.SharedSession;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.util.ArrayList;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A run that is finished takes more local steps, as if it had been given them at its start. */
class MoreStepsTest {
  @RegisterExtension static final SharedSession SPARK = new SharedSession();

  private static final Storage STORAGE = new Storage(new Configuration());

  @TempDir java.nio.file.Path directory;
  private TinyTraining tiny;

  @BeforeEach
  void layOut() {
    tiny = new TinyTraining(SPARK.session().context(), STORAGE, directory.toString());
    tiny.dataset(600, 500, 400);
  }

  @ParameterizedTest
  @ValueSource(strings = {"constant", "step"})
  void aRunThatGoesOnEndsAsOneThatHadTheseStepsFromTheStart(String schedule) {
    String[] same = {"train.workers=2", "train.schedule=" + schedule, "train.decay-every=6"};
    Settings whole = tiny.settings("whole", with(same, "train.steps=18"));
    tiny.train(whole);
    tiny.train(tiny.settings("grown", same));
    Settings grown = tiny.settings("grown", with(same, "train.steps=18"));
    String said = tiny.train(grown);
    assertTrue(said.contains("goes on after round 3 of 5"), said);
    assertEquals(tiny.checksums(whole), tiny.checksums(grown));
    assertEquals(5, tiny.run(grown).metrics().size());
  }

  private static String[] with(String[] some, String more) {
    List<String> all = new ArrayList<>(List.of(some));
    all.add(more);
    return all.toArray(String[]::new);
  }

  @Test
  void whereTheRateDependsOnTheNumberOfStepsItSaysWhatToDo() {
    Settings settings = tiny.settings("run");
    tiny.train(settings);
    List<String> before = tiny.checksums(settings);
    SettingsException refused =
        assertThrows(
            SettingsException.class, () -> tiny.train(tiny.settings("run", "train.steps=18")));
    assertTrue(
        refused.getMessage().contains("with train.steps 18 (was 12): the cosine"),
        refused.getMessage());
    assertEquals(before, tiny.checksums(settings));
  }

  @Test
  void filesBehindALinkInTheRunStay() throws Exception {
    Settings settings = tiny.settings("run", "train.schedule=constant", "run.keep=1");
    tiny.train(settings);
    java.nio.file.Path outside = Files.createDirectory(directory.resolve("outside"));
    for (String name : List.of("manifest.json", ".x.00000000.tmp", "model-00000000.safetensors")) {
      Files.writeString(outside.resolve(name), "precious");
    }
    java.nio.file.Path link = directory.resolve("run/checkpoints/round-00000001");
    Files.createSymbolicLink(link, outside);
    tiny.train(tiny.settings("run", "train.schedule=constant", "run.keep=1", "train.steps=16"));
    assertEquals(3, tiny.names(new Path(outside.toString())).size());
    assertTrue(Files.exists(link, LinkOption.NOFOLLOW_LINKS));
  }
}
