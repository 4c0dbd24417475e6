package io.chorale.average;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.Random;
import org.junit.jupiter.api.Test;

class WeightedMeanTest {
  private static final int LENGTH = 1000;

  private static float[] random(long seed) {
    Random random = new Random(seed);
    float[] values = new float[LENGTH];
    for (int i = 0; i < LENGTH; i++) {
      values[i] = (float) (random.nextGaussian() * Math.pow(10, random.nextInt(9) - 6));
    }
    return values;
  }

  @Test
  void meanOfOneSliceIsThatSliceToTheBit() {
    WeightedMean mean = new WeightedMean(LENGTH);
    float[] slice = random(1);
    slice[7] = -0.0f;
    mean.add(slice, 98_304);
    assertArrayEquals(slice, mean.mean());
  }

  @Test
  void meanIsWeighted() {
    WeightedMean mean = new WeightedMean(2);
    mean.add(new float[] {1, -4}, 3);
    mean.add(new float[] {5, 4}, 1);
    assertArrayEquals(new float[] {2, -2}, mean.mean());
  }

  @Test
  void wrongSlicesAreRefused() {
    WeightedMean mean = new WeightedMean(2);
    assertThrows(IllegalStateException.class, mean::mean);
    assertThrows(IllegalArgumentException.class, () -> mean.add(new float[3], 1));
    assertThrows(IllegalArgumentException.class, () -> mean.add(new float[2], 0));
    assertThrows(IllegalArgumentException.class, () -> mean.add(new float[2], Double.NaN));
  }
}
