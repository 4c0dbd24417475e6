package io.chorale.average;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.chorale.config.AverageSettings;
import io.chorale.config.SettingsFile;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class OuterOptimizerTest {
  private static final int LENGTH = 1000;

  private static float[] random(long seed) {
    Random random = new Random(seed);
    float[] values = new float[LENGTH];
    for (int i = 0; i < LENGTH; i++) {
      values[i] = (float) (random.nextGaussian() * Math.pow(10, random.nextInt(9) - 6));
    }
    return values;
  }

  private static AverageSettings settings(String... overrides) {
    return SettingsFile.read("test", "", List.of(overrides)).average();
  }

  private static OuterOptimizer outer(String... overrides) {
    return OuterOptimizer.of(settings(overrides), 2);
  }

  private static float[][] state(OuterOptimizer outer, float[] anchor) {
    float[][] state = new float[outer.stateNames().size()][anchor.length];
    outer.start(anchor, state);
    return state;
  }

  @Test
  void nesterovWithRateOneAndNoMomentumIsTheMean() {
    OuterOptimizer plain = outer("average.outer=mean");
    OuterOptimizer nesterov =
        outer("average.outer=nesterov", "average.learning-rate=1", "average.momentum=0");
    float[] byPlain = random(1);
    float[] byNesterov = random(1);
    plain.step(byPlain, random(2), state(plain, byPlain));
    nesterov.step(byNesterov, random(2), state(nesterov, byNesterov));
    assertArrayEquals(random(2), byPlain);
    assertArrayEquals(random(2), byNesterov);
  }

  @Test
  void nesterovFollowsItsFormula() {
    OuterOptimizer nesterov =
        outer("average.outer=nesterov", "average.learning-rate=0.5", "average.momentum=0.5");
    float[] anchor = {8};
    float[][] state = state(nesterov, anchor);
    nesterov.step(anchor, new float[] {4}, state); // d = 4, m = 4, step 0.5 * (4 + 2)
    assertEquals(5f, anchor[0]);
    assertEquals(4f, state[0][0]);
    nesterov.step(anchor, new float[] {3}, state); // d = 2, m = 4, step 0.5 * (2 + 2)
    assertEquals(3f, anchor[0]);
    assertEquals(4f, state[0][0]);
  }

  @Test
  void adamFollowsItsFormula() {
    OuterOptimizer adam =
        outer(
            "average.outer=adam",
            "average.learning-rate=2",
            "average.beta1=0.5",
            "average.beta2=0.75",
            "average.adaptivity=2");
    float[] anchor = {8};
    float[][] state = state(adam, anchor);
    assertEquals(0f, state[0][0]);
    assertEquals(4f, state[1][0]);
    adam.step(anchor, new float[] {2}, state); // d = 6, m = 3, v = 3 + 9, step 2 * 3 / (12^0.5 + 2)
    assertEquals(3f, state[0][0]);
    assertEquals(12f, state[1][0]);
    assertEquals((float) (8 - 6 / (Math.sqrt(12) + 2)), anchor[0]);
    float before = anchor[0];
    adam.step(anchor, new float[] {before}, state); // d = 0, m = 1.5, v = 9: no bias correction
    assertEquals(1.5f, state[0][0]);
    assertEquals(9f, state[1][0]);
    assertEquals((float) (before - 3 / 5.0), anchor[0]);
  }

  @ParameterizedTest
  @CsvSource({
    "nesterov,0,1,0.4",
    "nesterov,0,2,0.6",
    "nesterov,0,3,0.6",
    "nesterov,0,4,0.6",
    "nesterov,0,7,0.6",
    "nesterov,0,8,0.8",
    "nesterov,0,1000,0.8",
    "nesterov,0.7,8,0.7",
    "adam,0,8,0.01",
    "adam,0.1,8,0.1",
  })
  void learningRateThatIsNotSetFollowsTheWorkers(
      String outer, String rate, int workers, double expected) {
    AverageSettings settings = settings("average.outer=" + outer, "average.learning-rate=" + rate);
    assertEquals(expected, settings.learningRate(workers));
  }

  @Test
  void roundedAnchorHoldsBfloat16ValuesAndLosesNothing() {
    String[] nesterov = {
      "average.outer=nesterov", "average.learning-rate=0.5", "average.momentum=0"
    };
    OuterOptimizer exact = outer(nesterov);
    String[] withAnchor = Arrays.copyOf(nesterov, 4);
    withAnchor[3] = "average.anchor=bfloat16";
    OuterOptimizer rounded = outer(withAnchor);
    float[] exactAnchor = random(1);
    float[] anchor = random(1);
    float[][] exactState = state(exact, exactAnchor);
    float[][] state = state(rounded, anchor);
    for (int round = 0; round < 200; round++) {
      // Moves of 2^-14 of each value: a single one is lost in bfloat16.
      exact.step(exactAnchor, moved(exactAnchor), exactState);
      rounded.step(anchor, moved(anchor), state);
      for (int i = 0; i < LENGTH; i++) {
        assertEquals(0, Float.floatToRawIntBits(anchor[i]) & 0xffff);
      }
    }
    for (int i = 0; i < LENGTH; i++) {
      double whole = (double) anchor[i] + state[0][i];
      assertEquals(exactAnchor[i], whole, 1e-4 * Math.abs(exactAnchor[i]));
      assertEquals(exactAnchor[i], anchor[i], Math.abs(exactAnchor[i]) / 250);
    }
  }

  private static float[] moved(float[] anchor) {
    float[] moved = anchor.clone();
    for (int i = 0; i < moved.length; i++) {
      moved[i] *= 1 - 0x1p-13f;
    }
    return moved;
  }
}
