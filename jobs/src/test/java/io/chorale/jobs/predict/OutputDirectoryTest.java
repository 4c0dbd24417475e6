package io.chorale.jobs.predict;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.chorale.config.RowSettings.Format;
import io.chorale.config.SettingsException;
import io.chorale.io.SealedJson;
import io.chorale.io.Storage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A directory of predictions keeps the columns of its input. */
class OutputDirectoryTest {
  private static final StructType BEGUN =
      new StructType().add("text", DataTypes.StringType).add("n", DataTypes.DoubleType);

  @TempDir Path path;
  private OutputDirectory output;

  @BeforeEach
  void open() {
    output =
        new OutputDirectory(
            new Storage(new Configuration()),
            new org.apache.hadoop.fs.Path(path.toUri()),
            Format.JSONL,
            new Words("predict", "predictions", "Predicting"));
  }

  @Test
  void laterFilesFitTheColumnsThatItBeganWith() {
    assertEquals(BEGUN, output.open("made", BEGUN, "m", false));
    assertEquals(
        BEGUN, output.open("made", new StructType().add("n", DataTypes.LongType), "m", false));
    StructType other = BEGUN.add("more", DataTypes.LongType);
    SettingsException refused =
        assertThrows(SettingsException.class, () -> output.open("made", other, "m", false));
    assertTrue(refused.getMessage().contains("a column more (BIGINT)"), refused.getMessage());
    StructType texts = new StructType().add("n", DataTypes.StringType);
    assertThrows(SettingsException.class, () -> output.open("made", texts, "m", false));
    assertEquals(other, output.open("made", other, "m", true));
  }

  /** As version 1 wrote it. */
  private record WithoutColumns(String made) {}

  @Test
  void oneWithoutColumnsTakesThoseThatItFinds() throws IOException {
    Path file = path.resolve("_predictions/predictions.json");
    Files.createDirectories(file.getParent());
    SealedJson old = new SealedJson("chorale-predictions", 1, "");
    Files.write(file, old.write(new WithoutColumns("made")));
    assertEquals(BEGUN, output.open("made", BEGUN, "m", false));
    StructType other = new StructType().add("more", DataTypes.LongType);
    assertThrows(SettingsException.class, () -> output.open("made", other, "m", false));
  }

  /** As version 2 wrote it. */
  private record WithoutModel(String made, String columns) {}

  @Test
  void oneWithoutModelGoesOn() throws IOException {
    Path file = path.resolve("_predictions/predictions.json");
    Files.createDirectories(file.getParent());
    SealedJson old = new SealedJson("chorale-predictions", 1, 2, List.of(found -> found), "");
    Files.write(file, old.write(new WithoutModel("made", BEGUN.json())));
    assertEquals(BEGUN, output.open("made", BEGUN, "m", false));
    StructType texts = new StructType().add("n", DataTypes.StringType);
    assertThrows(SettingsException.class, () -> output.open("other", texts, "m", false));
  }
}
