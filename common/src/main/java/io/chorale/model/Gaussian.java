package io.chorale.model;

import io.chorale.random.SplitMix64;

/**
 * Normal random numbers that are the same on every machine and JDK: the Box-Muller transform over
 * {@link StrictMath}.
 */
public final class Gaussian {
  private final SplitMix64 random;
  private double spare;
  private boolean hasSpare;

  public Gaussian(long seed) {
    this.random = new SplitMix64(seed);
  }

  /** Uniform in (0, 1]. */
  public double nextUniform() {
    return random.nextPositive();
  }

  /** Mean 0, variance 1. */
  public double next() {
    if (hasSpare) {
      hasSpare = false;
      return spare;
    }
    double radius = StrictMath.sqrt(-2 * StrictMath.log(random.nextPositive()));
    double angle = 2 * StrictMath.PI * random.nextPositive();
    spare = radius * StrictMath.sin(angle);
    hasSpare = true;
    return radius * StrictMath.cos(angle);
  }
}
