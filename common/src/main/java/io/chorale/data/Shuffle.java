package io.chorale.data;

/**
 * Pseudo-random orders and numbers that depend only on their seeds, on every machine and JDK.
 *
 * <p>The generator is SplitMix64: Steele, Lea and Flood, "Fast splittable pseudorandom number
 * generators", OOPSLA 2014.
 */
final class Shuffle {
  private static final long GOLDEN = 0x9e3779b97f4a7c15L;

  private long state;

  private Shuffle(long... seeds) {
    for (long seed : seeds) {
      state = mix(state + GOLDEN + seed);
    }
  }

  /** The numbers from 0 to {@code count} - 1 in a random order (Fisher and Yates). */
  static int[] of(int count, long... seeds) {
    Shuffle random = new Shuffle(seeds);
    int[] order = new int[count];
    for (int i = 0; i < count; i++) {
      int j = (int) random.below(i + 1L);
      order[i] = order[j];
      order[j] = i;
    }
    return order;
  }

  /** A random number from 0 to {@code bound} - 1. */
  static long number(long bound, long... seeds) {
    return new Shuffle(seeds).below(bound);
  }

  private long below(long bound) {
    // The bounds are far below 2^64, so the product's bias cannot be seen.
    state += GOLDEN;
    return Math.multiplyHigh(mix(state) >>> 1, bound << 1);
  }

  private static long mix(long value) {
    long z = (value ^ (value >>> 30)) * 0xbf58476d1ce4e5b9L;
    z = (z ^ (z >>> 27)) * 0x94d049bb133111ebL;
    return z ^ (z >>> 31);
  }
}
