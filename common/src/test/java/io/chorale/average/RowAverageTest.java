package io.chorale.average;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.chorale.random.SplitMix64;
import org.junit.jupiter.api.Test;

class RowAverageTest {

  private static float[] average(float[] anchor, int stride, float[]... workers) {
    RowAverage average = new RowAverage(anchor, stride);
    for (float[] worker : workers) {
      average.add(worker);
    }
    return average.average();
  }

  @Test
  void orthogonalChangesAddEqualOnesAreAveragedAndTheStillHaveNoSay() {
    float[] anchor = {1, 1, 1, 1, 1, 1, 1, 1};
    float[] one = {3, 1, 4, 4, 1, 1, 5, 1};
    float[] two = {1, 2, 4, 4, 1, 1, 1, 1};
    assertArrayEquals(new float[] {3, 2, 4, 4, 1, 1, 5, 1}, average(anchor, 2, one, two));
  }

  /** By hand: a = (2, 0), b = (1, 1): ab = 2, aa = 4, bb = 2. */
  @Test
  void betweenThemIsWhatTheFormulaSays() {
    float[] average = average(new float[2], 2, new float[] {2, 0}, new float[] {1, 1});
    assertArrayEquals(new float[] {2 * 0.75f + 0.5f, 0.5f}, average, 1e-6f);
  }

  /** Of workers that all moved alike the average is their common row, for any number of them. */
  @Test
  void theSameFromAllIsThat() {
    float[] anchor = {0.25f, -3, 8, 0};
    float[] row = {1, 2, -7, 0.5f};
    RowAverage average = new RowAverage(anchor, 4);
    for (int workers = 1; workers <= 9; workers++) {
      average.add(row);
      assertArrayEquals(row, average.average(), 1e-6f);
    }
  }

  @Test
  void pairsAreCombinedAsATreeInTheOrderOfTheWorkers() {
    SplitMix64 random = new SplitMix64(7);
    float[][] workers = new float[5][3];
    for (float[] worker : workers) {
      for (int k = 0; k < 3; k++) {
        worker[k] = (float) random.nextDouble();
      }
    }
    float[] zero = new float[3];
    float[] left = average(zero, 3, workers[0], workers[1]);
    float[] right = average(zero, 3, workers[2], workers[3]);
    float[] tree = average(zero, 3, average(zero, 3, left, right), workers[4]);
    assertArrayEquals(tree, average(zero, 3, workers), 1e-6f);
  }

  @Test
  void aRowOfOneWorkerKeepsItsBits() {
    float[] anchor = {1e10f, -0.0f, 5, 5};
    float[] moved = {1e-10f, Float.MIN_VALUE, 5, 5};
    float[] average = average(anchor, 2, anchor.clone(), moved, anchor.clone());
    for (int k = 0; k < 4; k++) {
      assertEquals(Float.floatToRawIntBits(moved[k]), Float.floatToRawIntBits(average[k]));
    }
  }

  @Test
  void rowsOfAnotherLengthAreRefused() {
    assertThrows(IllegalArgumentException.class, () -> new RowAverage(new float[5], 2));
    RowAverage average = new RowAverage(new float[4], 2);
    assertThrows(IllegalArgumentException.class, () -> average.add(new float[2]));
  }
}
