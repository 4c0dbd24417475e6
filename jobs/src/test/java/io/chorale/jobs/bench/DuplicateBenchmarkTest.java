package io.chorale.jobs.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.chorale.duplicate.Bands;
import io.chorale.jobs.bench.DuplicateBenchmark.Point;
import io.chorale.jobs.bench.DuplicateBenchmark.Speed;
import io.chorale.jobs.command.CommandRun;
import io.chorale.jobs.console.ExitCode;
import io.chorale.random.SplitMix64;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class DuplicateBenchmarkTest {
  private static final DuplicateBenchmark BENCHMARK = new DuplicateBenchmark(5, new Bands(14, 8));

  @ParameterizedTest
  @ValueSource(doubles = {0.01, 0.35, 0.8, 1})
  void aPlantedPairHasItsSimilarity(double similarity) {
    PlantedPair pair = PlantedPair.of(similarity, 3, new SplitMix64(4));
    Set<List<String>> one = grams(pair.one());
    Set<List<String>> other = grams(pair.other());
    Set<List<String>> all = new HashSet<>(one);
    all.addAll(other);
    one.retainAll(other);
    assertEquals(similarity, (double) one.size() / all.size(), 1e-12);
  }

  private static Set<List<String>> grams(String text) {
    String[] words = text.trim().split(" ", -1);
    Set<List<String>> grams = new HashSet<>();
    for (int i = 0; i + 3 <= words.length; i++) {
      grams.add(Arrays.asList(words).subList(i, i + 3));
    }
    return grams;
  }

  /** Within four standard errors; what confirming costs is least where it costs most. */
  @Test
  void recallIsOnTheCurve() {
    for (double similarity : new double[] {0.5, 0.6, 0.7, 0.8, 0.9}) {
      Point point = BENCHMARK.point(similarity, 1000, 0.4);
      assertEquals(point.computed(), point.met(), 4 * point.error(), point::toString);
      assertEquals(point.met(), point.confirmed(), 0.005, point::toString);
    }
  }

  @Test
  void everyWayOfReadingHasASpeed() {
    Speed speed = BENCHMARK.speed(List.of("some words of a text, more than five", ""), 0, 1);
    assertTrue(speed.words() > 0 && speed.signatures() > 0 && speed.privacy() > 0);
  }

  @Test
  void theCommandPrintsAPointALine(@TempDir Path directory) throws Exception {
    Path text = Files.writeString(directory.resolve("text"), "a line of a text\n".repeat(500));
    CommandRun run = CommandRun.of("bench-duplicates", "--pairs=1", "--text=" + text);
    assertEquals(0, run.exitCode(), run.err());
    List<String> lines = run.out().lines().toList();
    assertEquals(22, lines.size());
    assertTrue(lines.get(20).trim().matches("1.00 +1.0000 +1.0000 +0.0 +1.0000"), lines.get(20));
    assertTrue(
        lines.get(21).startsWith("MB/s of processor time, one thread: words "), lines.get(21));
  }

  @ParameterizedTest
  @CsvSource({"--pairs=0", "--words=0", "--bands=0", "--rows=0", "--text=none/such"})
  void wrongUseIsRefused(String option) {
    assertEquals(ExitCode.WRONG_USE, CommandRun.of("bench-duplicates", option).exitCode());
  }
}
