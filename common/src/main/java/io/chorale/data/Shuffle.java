package io.chorale.data;

import io.chorale.random.SplitMix64;

/** Pseudo-random orders and numbers that depend only on their seeds. */
final class Shuffle {
  private Shuffle() {}

  /** The numbers from 0 to {@code count} - 1 in a random order (Fisher and Yates). */
  static int[] of(int count, long... seeds) {
    SplitMix64 random = SplitMix64.of(seeds);
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
    return SplitMix64.of(seeds).below(bound);
  }
}
