package io.chorale.jobs.predict;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.chorale.config.Settings;
import io.chorale.config.SettingsException;
import io.chorale.config.SettingsFile;
import io.chorale.task.RowModel;
import io.chorale.task.Task;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Which models have vectors, and what of the settings does not fit them is told at once. */
class VectorsTest {
  private static final int VOCABULARY = 9;

  private static RowModel model(String... set) {
    Settings settings = SettingsFile.with(SettingsFile.defaults(), set);
    return new Vectors(new VectorModel.States(), VectorMap.NONE)
        .model(settings, Task.needs(settings, VOCABULARY, VOCABULARY), Optional.empty());
  }

  private static void refused(String expected, String... set) {
    SettingsException refused = assertThrows(SettingsException.class, () -> model(set));
    assertTrue(refused.getMessage().contains(expected), refused.getMessage());
  }

  @Test
  void aModelThatReadsNoRowsIsRefused() {
    refused(
        "Cannot embed rows with run runs/x: its task.kind is from-vector",
        "task.kind=from-vector",
        "run.path=runs/x");
  }

  @Test
  void aMapThatTheVectorsAreTooNarrowForIsRefused() {
    String width = "model.width=8";
    assertEquals(
        1, model(width, "attention.heads=2", "embed.map=whiten", "embed.size=8").outputs().size());
    refused(
        "embed.size is 9, expected at most 8",
        width,
        "attention.heads=2",
        "embed.map=whiten",
        "embed.size=9");
    refused(
        "embed.directions is 8, expected at most 7",
        width,
        "attention.heads=2",
        "embed.map=remove",
        "embed.directions=8");
  }
}
