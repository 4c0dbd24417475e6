package io.chorale.model;

/**
 * Normal random numbers that are the same on every machine and JDK.
 *
 * <p>SplitMix64 (Steele, Lea and Flood, 2014) and the Box-Muller transform over {@link StrictMath}.
 */
public final class Gaussian {
  private long state;
  private double spare;
  private boolean hasSpare;

  public Gaussian(long seed) {
    this.state = seed;
  }

  /** Uniform over all 64 bits. */
  public long nextLong() {
    state += 0x9E3779B97F4A7C15L;
    long z = state;
    z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
    z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
    return z ^ (z >>> 31);
  }

  /** Uniform in (0, 1]: never 0, so that its logarithm is finite. */
  public double nextUniform() {
    return ((nextLong() >>> 11) + 1) * 0x1.0p-53;
  }

  /** Mean 0, variance 1. */
  public double next() {
    if (hasSpare) {
      hasSpare = false;
      return spare;
    }
    double radius = StrictMath.sqrt(-2 * StrictMath.log(nextUniform()));
    double angle = 2 * StrictMath.PI * nextUniform();
    spare = radius * StrictMath.sin(angle);
    hasSpare = true;
    return radius * StrictMath.cos(angle);
  }
}
