package io.chorale.random;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashSet;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class SplitMix64Test {
  /** The JDK's generator is the same one; it may become another in a later JDK. */
  @Test
  void agreesWithTheGeneratorOfTheJdk() {
    for (long seed : new long[] {0, 1, -1, 42, Long.MIN_VALUE}) {
      SplitMix64 own = new SplitMix64(seed);
      SplittableRandom other = new SplittableRandom(seed);
      for (int i = 0; i < 100; i++) {
        assertEquals(other.nextLong(), own.nextLong());
        assertEquals(other.nextDouble(), own.nextDouble(), 0);
      }
    }
  }

  @Test
  void numbersLieWhereTheyShould() {
    SplitMix64 random = new SplitMix64(7);
    Set<Long> seen = new HashSet<>();
    for (int i = 0; i < 1000; i++) {
      double positive = random.nextPositive();
      assertTrue(positive > 0 && positive <= 1, () -> String.valueOf(positive));
      seen.add(random.below(5));
    }
    assertEquals(Set.of(0L, 1L, 2L, 3L, 4L), seen);
  }

  @Test
  void everySeedAndItsPlaceCount() {
    long first = SplitMix64.of(1, 2).nextLong();
    assertEquals(first, SplitMix64.of(1, 2).nextLong());
    assertNotEquals(first, SplitMix64.of(2, 1).nextLong());
    assertNotEquals(first, SplitMix64.of(1, 2, 0).nextLong());
  }
}
