package io.chorale.jobs.bench;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.chorale.checkpoint.RoundMetrics;
import io.chorale.config.ChoraleException;
import io.chorale.config.Settings;
import io.chorale.config.SettingsFile;
import io.chorale.jobs.spark.SharedSession;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class JobBenchmarkTest {
  @RegisterExtension static final SharedSession SPARK = new SharedSession();

  @TempDir Path directory;

  private static Settings settings(String... more) {
    List<String> overrides =
        new ArrayList<>(
            List.of(
                "model.layers=1",
                "model.width=16",
                "train.context=8",
                "train.batch=4",
                "train.warmup=0"));
    overrides.addAll(List.of(more));
    return SettingsFile.read("test", "", overrides);
  }

  private JobBenchmark open(Settings settings) throws Exception {
    return new JobBenchmark(SPARK.session().context(), settings, 11, directory);
  }

  @Test
  void measuresTheSecondRoundAndLeavesNothing() throws Exception {
    try (JobBenchmark benchmark = open(settings())) {
      RoundMetrics round = benchmark.round(3);
      assertEquals(2, round.round());
      assertEquals(benchmark.workers(), round.workers());
      assertEquals(6, round.localSteps());
      // The dataset stays for the next round, the run does not.
      assertEquals(1, benchmark.round(2).round() - 1);
    }
    assertArrayEquals(new String[0], directory.toFile().list());
  }

  @Test
  void measuresAClassificationWhateverItsTrainingWaitsFor() throws Exception {
    Settings classification =
        settings("task.kind=classification", "train.patience=3", "evaluate.split=test");
    try (JobBenchmark benchmark = open(classification)) {
      RoundMetrics round = benchmark.round(3);
      assertEquals(2, round.round());
      // Predictions are rows: four in every step of each worker.
      assertEquals(6 * 4L * benchmark.workers(), round.tokens());
    }
  }

  /** Of each row or window so many predictions: tags or tokens of the target, steps ahead. */
  @ParameterizedTest
  @CsvSource({"tagging, 8", "translation, 8", "from-vector, 8", "forecast, 24"})
  void measuresWhatEachTaskPredicts(String kind, long predictions) throws Exception {
    try (JobBenchmark benchmark = open(settings("task.kind=" + kind))) {
      assertEquals(6 * 4 * predictions * benchmark.workers(), benchmark.round(3).tokens());
    }
  }

  @Test
  void leavesNothingWhereTheTrainingFails() {
    Settings diverging = settings("train.learning-rate=1e30");
    assertThrows(ChoraleException.class, () -> open(diverging));
    assertArrayEquals(new String[0], directory.toFile().list());
  }
}
