package io.chorale.evaluate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class PairedBootstrapTest {
  /** A sum of losses, and of how many. */
  private static double mean(double[] sums) {
    return sums[0] / sums[1];
  }

  /** Losses of batches whose hardness differs much, and of a model that is better by so much. */
  private static List<List<double[]>> models(int batches, double better, double noise, long seed) {
    Random random = new Random(seed);
    List<double[]> first = new ArrayList<>();
    List<double[]> second = new ArrayList<>();
    for (int batch = 0; batch < batches; batch++) {
      double count = 50 + random.nextInt(100);
      double loss = 1 + 4 * random.nextDouble();
      first.add(new double[] {count * loss, count});
      second.add(new double[] {count * (loss - better + noise * random.nextGaussian()), count});
    }
    return List.of(first, second);
  }

  @Test
  void aSmallDifferenceOfAllBatchesIsNoNoise() {
    List<List<double[]>> models = models(200, 0.01, 0.02, 1);
    PairedBootstrap found =
        PairedBootstrap.of(models.get(0), models.get(1), PairedBootstrapTest::mean);
    assertEquals(-0.01, found.difference(), 0.005);
    assertTrue(found.low() < found.difference() && found.difference() < found.high());
    assertTrue(found.high() < 0, found.toString());
    assertEquals(
        found, PairedBootstrap.of(models.get(0), models.get(1), PairedBootstrapTest::mean));
  }

  /** In 95 of 100 cases the interval has the truth in it. */
  @Test
  void theIntervalCoversTheTruthAsOftenAsItSays() {
    int covered = 0;
    int cases = 300;
    for (int seed = 0; seed < cases; seed++) {
      List<List<double[]>> models = models(60, 0.05, 0.3, seed);
      PairedBootstrap found =
          PairedBootstrap.of(models.get(0), models.get(1), PairedBootstrapTest::mean);
      covered += found.low() <= -0.05 && -0.05 <= found.high() ? 1 : 0;
    }
    assertEquals(0.95, covered / (double) cases, 0.035);
  }

  @Test
  void oneBatchHasNoInterval() {
    List<double[]> first = List.of(new double[] {3, 2});
    List<double[]> second = List.of(new double[] {2, 2});
    assertEquals(
        new PairedBootstrap(-0.5, -0.5, -0.5),
        PairedBootstrap.of(first, second, PairedBootstrapTest::mean));
    assertThrows(
        IllegalArgumentException.class,
        () -> PairedBootstrap.of(first, List.of(), PairedBootstrapTest::mean));
  }
}
