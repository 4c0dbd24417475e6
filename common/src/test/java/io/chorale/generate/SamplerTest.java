package io.chorale.generate;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.chorale.config.SettingsFile;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SamplerTest {
  /** Probabilities 0.2, 0.4, 0.1, 0.3, shifted as logits may be. */
  private static final float[] LOGITS = logits(0.2, 0.4, 0.1, 0.3);

  private static final int DRAWS = 100_000;

  private static float[] logits(double... probabilities) {
    float[] logits = new float[probabilities.length];
    for (int i = 0; i < logits.length; i++) {
      logits[i] = (float) (Math.log(probabilities[i]) - 3);
    }
    return logits;
  }

  private static Sampler sampler(double temperature, int topK, double topP, long seed) {
    return Sampler.of(
        SettingsFile.read(
                "test",
                "",
                List.of(
                    "generate.temperature=" + temperature,
                    "generate.top-k=" + topK,
                    "generate.top-p=" + topP,
                    "generate.seed=" + seed))
            .generate());
  }

  private static double[] shares(Sampler sampler) {
    double[] shares = new double[LOGITS.length];
    for (int i = 0; i < DRAWS; i++) {
      shares[sampler.next(LOGITS)] += 1.0 / DRAWS;
    }
    return shares;
  }

  @ParameterizedTest
  @CsvSource({
    // temperature, top-k, top-p, then the expected probabilities
    "1,   0, 1,    0.2, 0.4, 0.1, 0.3",
    "0.5, 0, 1,    0.13333, 0.53333, 0.03333, 0.3",
    "1,   3, 1,    0.22222, 0.44444, 0, 0.33333",
    "1,   9, 1,    0.2, 0.4, 0.1, 0.3",
    "1,   1, 1,    0, 1, 0, 0",
    "1,   0, 0.39, 0, 1, 0, 0",
    "1,   0, 0.41, 0, 0.57143, 0, 0.42857",
    "1,   0, 0.69, 0, 0.57143, 0, 0.42857",
    "1,   0, 0.71, 0.22222, 0.44444, 0, 0.33333",
    "1,   2, 0.6,  0, 0.57143, 0, 0.42857",
    "1,   2, 0.5,  0, 1, 0, 0",
    "1,   0, 1e-9, 0, 1, 0, 0",
    "0,   0, 1,    0, 1, 0, 0",
  })
  void drawsFromTheCutDistribution(
      double temperature, int topK, double topP, double a, double b, double c, double d) {
    double[] expected = {a, b, c, d};
    assertArrayEquals(expected, shares(sampler(temperature, topK, topP, 1)), 0.006);
  }

  @Test
  void theSeedDecides() {
    int[] first = draws(sampler(1, 0, 1, 5));
    assertArrayEquals(first, draws(sampler(1, 0, 1, 5)));
    assertEquals(false, Arrays.equals(first, draws(sampler(1, 0, 1, 6))));
  }

  private static int[] draws(Sampler sampler) {
    int[] draws = new int[100];
    Arrays.setAll(draws, i -> sampler.next(LOGITS));
    return draws;
  }

  @Test
  void lowerIdsComeFirstAmongEquals() {
    float[] equal = {-1, 2, 2, -3};
    assertEquals(1, sampler(0, 0, 1, 1).next(equal));
    assertEquals(1, sampler(1, 1, 1, 1).next(equal));
  }

  @Test
  void impossibleTokensAreNeverDrawn() {
    float[] logits = {Float.NEGATIVE_INFINITY, 0, Float.NEGATIVE_INFINITY};
    for (int topK : new int[] {0, 2}) {
      Sampler sampler = sampler(2, topK, 1, 1);
      for (int i = 0; i < 1000; i++) {
        assertEquals(1, sampler.next(logits));
      }
    }
  }
}
