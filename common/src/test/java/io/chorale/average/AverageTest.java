package io.chorale.average;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.chorale.config.AverageSettings;
import io.chorale.config.AverageSettings.Outer;
import java.util.Random;
import org.junit.jupiter.api.Test;

class AverageTest {
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

  @Test
  void nesterovWithRateOneAndNoMomentumIsTheMean() {
    OuterOptimizer plain = OuterOptimizer.of(new AverageSettings(Outer.MEAN, 0.7, 0.9));
    OuterOptimizer nesterov = OuterOptimizer.of(new AverageSettings(Outer.NESTEROV, 1, 0));
    float[] byPlain = random(1);
    float[] byNesterov = random(1);
    plain.step(byPlain, random(2), new float[0][]);
    nesterov.step(byNesterov, random(2), new float[][] {new float[LENGTH]});
    assertArrayEquals(random(2), byPlain);
    assertArrayEquals(random(2), byNesterov);
  }

  @Test
  void nesterovFollowsItsFormula() {
    OuterOptimizer nesterov = OuterOptimizer.of(new AverageSettings(Outer.NESTEROV, 0.5, 0.5));
    float[] anchor = {8};
    float[][] state = {{0}};
    nesterov.step(anchor, new float[] {4}, state); // d = 4, m = 4, step 0.5 * (4 + 2)
    assertEquals(5f, anchor[0]);
    assertEquals(4f, state[0][0]);
    nesterov.step(anchor, new float[] {3}, state); // d = 2, m = 4, step 0.5 * (2 + 2)
    assertEquals(3f, anchor[0]);
    assertEquals(4f, state[0][0]);
  }
}
