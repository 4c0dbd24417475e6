package io.chorale.random;

/**
 * Pseudo-random numbers that depend only on their seeds, on every machine and JDK: SplitMix64
 * (Steele, Lea and Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014).
 */
public final class SplitMix64 {
  private static final long GAMMA = 0x9e3779b97f4a7c15L;

  private long state;

  /** Seeds that differ in one bit give sequences that have nothing in common. */
  public SplitMix64(long seed) {
    this.state = seed;
  }

  /** Seeded by several numbers, in their order. */
  public static SplitMix64 of(long... seeds) {
    long state = 0;
    for (long seed : seeds) {
      state = mix(state + GAMMA + seed);
    }
    return new SplitMix64(state);
  }

  /** Uniform over all 64 bits. */
  public long nextLong() {
    state += GAMMA;
    return mix(state);
  }

  /** Uniform in [0, 1). */
  public double nextDouble() {
    return (nextLong() >>> 11) * 0x1p-53;
  }

  /** Uniform in (0, 1]: never 0, so that its logarithm is finite. */
  public double nextPositive() {
    return ((nextLong() >>> 11) + 1) * 0x1p-53;
  }

  /** Uniform from 0 to {@code bound} - 1, which is far below 2^63: the bias cannot be seen. */
  public long below(long bound) {
    return Math.multiplyHigh(nextLong() >>> 1, bound << 1);
  }

  /**
   * The finalizer of the generator: a bijection of 64 bits in which each bit of the result depends
   * on every bit of the value. It makes a hash of what differs in few bits.
   */
  public static long mix(long value) {
    long z = (value ^ (value >>> 30)) * 0xbf58476d1ce4e5b9L;
    z = (z ^ (z >>> 27)) * 0x94d049bb133111ebL;
    return z ^ (z >>> 31);
  }
}
