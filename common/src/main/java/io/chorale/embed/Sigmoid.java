package io.chorale.embed;

/**
 * The logistic function and its logarithm from a table, the same on every machine: 4,096 steps from
 * -8 to 8. Beyond, the function is 0 or 1.
 */
final class Sigmoid {
  private static final int LIMIT = 8;
  private static final int STEPS = 4096;
  private static final float STEPS_PER_UNIT = STEPS / (2f * LIMIT);
  private static final float[] VALUE = new float[STEPS];
  private static final float[] LOSS = new float[STEPS];

  static {
    for (int i = 0; i < STEPS; i++) {
      double x = (i + 0.5) / STEPS_PER_UNIT - LIMIT;
      VALUE[i] = (float) (1 / (1 + StrictMath.exp(-x)));
      LOSS[i] = (float) StrictMath.log1p(StrictMath.exp(x));
    }
  }

  private Sigmoid() {}

  /** 1 / (1 + exp(-x)). */
  static float of(float x) {
    if (x >= LIMIT) {
      return 1;
    }
    // Not a number becomes 0; its loss tells of it.
    return x > -LIMIT ? VALUE[(int) ((x + LIMIT) * STEPS_PER_UNIT)] : 0;
  }

  /** -log(1 - sigmoid(x)), in nats; not a number where x is none. */
  static float loss(float x) {
    if (x > -LIMIT && x < LIMIT) {
      return LOSS[(int) ((x + LIMIT) * STEPS_PER_UNIT)];
    }
    return Math.max(0, x);
  }
}
