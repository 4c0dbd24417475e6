package io.chorale.embed;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.chorale.random.SplitMix64;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class WindowTest {
  private static final int STRIDE = 16;

  /** The loss in doubles, as the formula has it. */
  private static double loss(double[][] contexts, double[][] outputs) {
    double loss = 0;
    for (double[] context : contexts) {
      for (int j = 0; j < outputs.length; j++) {
        double score = 0;
        for (int k = 0; k < STRIDE; k++) {
          score += context[k] * outputs[j][k];
        }
        loss += Math.log1p(Math.exp(j == 0 ? -score : score));
      }
    }
    return loss;
  }

  /** What a step of rate 1 changes is the gradient of the loss, by finite differences. */
  @ParameterizedTest
  @CsvSource({"1, 1", "1, 6", "2, 3", "5, 6", "10, 6", "7, 1"})
  void aStepGoesDownTheGradient(int words, int rows) {
    SplitMix64 random = SplitMix64.of(words, rows);
    double[][] contexts = random(random, words);
    double[][] outputs = random(random, rows);
    Window window = new Window(10, 6, STRIDE);
    for (int i = 0; i < words; i++) {
      window.contexts[i] = floats(contexts[i]);
    }
    for (int j = 0; j < rows; j++) {
      System.arraycopy(floats(outputs[j]), 0, window.outputs[j], 0, STRIDE);
    }
    assertEquals(loss(contexts, outputs), window.step(words, rows, 1), 1e-2);
    for (int i = 0; i < words; i++) {
      for (int k = 0; k < STRIDE; k++) {
        double expected = contexts[i][k] - slope(contexts, outputs, contexts[i], k);
        assertEquals(expected, window.contexts[i][k], 5e-3);
      }
    }
    for (int j = 0; j < rows; j++) {
      for (int k = 0; k < STRIDE; k++) {
        double expected = outputs[j][k] - slope(contexts, outputs, outputs[j], k);
        assertEquals(expected, window.moved[j][k], 5e-3);
      }
    }
  }

  private static double slope(double[][] contexts, double[][] outputs, double[] of, int k) {
    double at = of[k];
    of[k] = at + 1e-6;
    double above = loss(contexts, outputs);
    of[k] = at - 1e-6;
    double below = loss(contexts, outputs);
    of[k] = at;
    return (above - below) / 2e-6;
  }

  /** Both places of a word that is there twice add to the one vector. */
  @Test
  void aContextWordMayBeThereTwice() {
    SplitMix64 random = new SplitMix64(3);
    double[][] contexts = random(random, 1);
    double[][] outputs = random(random, 2);
    float[][] moved = new float[2][];
    for (int times = 1; times <= 2; times++) {
      Window window = new Window(2, 2, STRIDE);
      float[] vector = floats(contexts[0]);
      window.contexts[0] = vector;
      window.contexts[1] = vector;
      for (int j = 0; j < 2; j++) {
        System.arraycopy(floats(outputs[j]), 0, window.outputs[j], 0, STRIDE);
      }
      window.step(times, 2, 0.5f);
      moved[times - 1] = vector;
    }
    float[] expected = new float[STRIDE];
    for (int k = 0; k < STRIDE; k++) {
      expected[k] = (float) (contexts[0][k] + 2 * (moved[0][k] - contexts[0][k]));
    }
    assertArrayEquals(expected, moved[1], 1e-5f);
  }

  @Test
  void whatIsNoNumberIsALossThatIsNone() {
    Window window = new Window(1, 2, STRIDE);
    window.contexts[0] = new float[STRIDE];
    window.contexts[0][3] = Float.NaN;
    assertEquals(Double.NaN, window.step(1, 2, 0.1f));
  }

  private static double[][] random(SplitMix64 random, int rows) {
    double[][] values = new double[rows][STRIDE];
    for (double[] row : values) {
      for (int k = 0; k < STRIDE; k++) {
        row[k] = (float) (random.nextDouble() - 0.5);
      }
    }
    return values;
  }

  private static float[] floats(double[] values) {
    float[] floats = new float[values.length];
    for (int k = 0; k < values.length; k++) {
      floats[k] = (float) values[k];
    }
    return floats;
  }
}
