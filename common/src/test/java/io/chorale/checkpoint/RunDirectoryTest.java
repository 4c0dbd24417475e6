package io.chorale.checkpoint;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.chorale.config.ChoraleException;
import io.chorale.config.Settings;
import io.chorale.config.SettingsException;
import io.chorale.config.SettingsFile;
import io.chorale.data.Schema;
import io.chorale.io.Faults;
import io.chorale.io.ObjectStoreFileSystem;
import io.chorale.io.Storage;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
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
    run.begin(settings(), SCHEMA, Map.of("tokenizer.json", TOKENIZER));
    assertEquals(List.of("tokenizer.json", "schema.json", "settings.yaml"), written);
    written.clear();
    run.begin(settings(), SCHEMA, Map.of("tokenizer.json", TOKENIZER));
    assertEquals(List.of(), written);
    run.begin(settings("train.workers=7"), SCHEMA, Map.of("tokenizer.json", TOKENIZER));
    assertEquals(List.of("settings.yaml"), written);
    assertEquals(settings("train.workers=7"), run.settings());
    assertArrayEquals(TOKENIZER, run.file("tokenizer.json"));
    assertEquals(Optional.of(SCHEMA), run.schema());
  }

  private static RunDirectory begun(Settings settings) {
    RunDirectory run =
        new RunDirectory(
            new Storage(ObjectStoreFileSystem.configuration()), new Path("objects://bucket/run"));
    run.begin(settings, SCHEMA, Map.of("tokenizer.json", TOKENIZER));
    return run;
  }

  private static CheckpointManifest committed(long round, long steps, long tokens) {
    return new CheckpointManifest(
        round, steps, tokens, 1, List.of(), Map.of(), JsonNodeFactory.instance.objectNode());
  }

  private static String refusal(
      Class<? extends ChoraleException> type,
      Settings before,
      Settings wanted,
      CheckpointManifest committed,
      long stepsPerRound) {
    RunDirectory run = begun(before);
    return assertThrows(type, () -> run.checkGoesOn(wanted, committed, stepsPerRound)).getMessage();
  }

  private static final String[] STEPS = {
    "train.schedule=constant", "train.average-every=4", "train.steps=10"
  };

  private static Settings steps(String... overrides) {
    List<String> all = new ArrayList<>(List.of(STEPS));
    all.addAll(List.of(overrides));
    return settings(all.toArray(String[]::new));
  }

  @Test
  void whatShapesTheResultStays() {
    begun(settings()).checkGoesOn(settings("train.workers=3"), committed(1, 50, 50), 50);
    assertTrue(
        refusal(
                SettingsException.class,
                settings(),
                settings("train.batch=3"),
                committed(1, 50, 50),
                50)
            .contains("train.batch (is 3, was 12)"));
  }

  @Test
  void moreStepsAreTakenWhereTheRateDoesNotDependOnTheirNumber() {
    CheckpointManifest whole = committed(2, 8, 8);
    RunDirectory run = begun(steps());
    run.checkGoesOn(steps("train.steps=30"), whole, 4);
    // Fewer too, if they are not taken yet.
    run.checkGoesOn(steps("train.steps=9"), whole, 4);
    run.checkGoesOn(steps("train.steps=8"), whole, 4);
    assertTrue(
        refusal(SettingsException.class, steps(), steps("train.steps=7"), whole, 4)
            .contains("with train.steps 7 (was 10): 8 steps have been taken"));
    String cut =
        refusal(SettingsException.class, steps(), steps("train.steps=30"), committed(3, 10, 10), 4);
    assertTrue(
        cut.contains("round 3 ended with the run") && cut.contains("round-00000003 to go on"), cut);
    String cosine =
        refusal(
            SettingsException.class,
            steps("train.schedule=cosine"),
            steps("train.schedule=cosine", "train.steps=30"),
            whole,
            4);
    assertTrue(cosine.contains("train anew in another run.path"), cosine);
  }

  @Test
  void aRoundThatIsNoneOfTheRunIsRefused() {
    for (CheckpointManifest absurd :
        List.of(
            committed(2, Long.MAX_VALUE, Long.MAX_VALUE),
            committed(2, 9, 9),
            committed(3, 9, 9),
            committed(4, 10, Long.MAX_VALUE),
            committed(Long.MAX_VALUE, Long.MAX_VALUE, Long.MAX_VALUE))) {
      String message = refusal(ChoraleException.class, steps(), steps(), absurd, 4);
      assertTrue(
          message.contains(" is none of the run") && message.contains("manifest.json"), message);
    }
    begun(steps()).checkGoesOn(steps(), committed(3, 10, 10), 4);
    begun(steps("train.average-every=epoch"))
        .checkGoesOn(steps("train.average-every=epoch"), committed(2, 9, 9), 4);
  }
}
