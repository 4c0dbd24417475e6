package io.chorale.duplicate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.chorale.random.SplitMix64;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class GramSetTest {
  private final long[] grams = grams(1000, 8);

  @Test
  void holdsWhatWasAddedAndNothingElse() {
    GramSet set = new GramSet(1000);
    for (long gram : grams) {
      assertFalse(set.contains(gram));
      set.add(gram);
      set.add(gram);
      assertTrue(set.contains(gram));
    }
    assertEquals(1000, set.size());
    assertEquals(1, set.every());
    for (long gram : grams(1000, 9)) {
      assertFalse(set.contains(gram));
    }
  }

  @Test
  void zeroIsAHashToo() {
    GramSet set = new GramSet(10);
    assertFalse(set.contains(0));
    set.add(0);
    assertTrue(set.contains(0));
  }

  @Test
  void ofMoreThanItHoldsItKeepsEveryKthAndSaysSo() {
    GramSet set = new GramSet(300);
    Arrays.stream(grams).forEach(set::add);
    assertEquals(4, set.every());
    long[] kept = Arrays.stream(grams).filter(gram -> gram % 4 == 0).toArray();
    assertEquals(kept.length, set.size());
    for (long gram : grams) {
      assertEquals(gram % 4 == 0, set.contains(gram));
    }
  }

  @Test
  void anotherSetLooksForTheSameOnes() {
    GramSet set = new GramSet(300, 4);
    Arrays.stream(grams).limit(100).forEach(set::add);
    for (int i = 0; i < grams.length; i++) {
      assertEquals(grams[i] % 4 == 0, set.looksFor(grams[i]));
      assertEquals(i < 100 && grams[i] % 4 == 0, set.contains(grams[i]));
    }
  }

  @Test
  void neitherOrderNorMergingCounts() {
    for (int capacity : new int[] {3, 100, 500, 5000}) {
      GramSet whole = new GramSet(capacity);
      Arrays.stream(grams).forEach(whole::add);
      GramSet merged = new GramSet(capacity);
      for (int part : new int[] {2, 0, 1}) {
        GramSet some = new GramSet(capacity);
        for (int i = grams.length - 1; i >= 0; i--) {
          if (i % 3 == part || i % 7 == 0) {
            some.add(grams[i]);
          }
        }
        merged.addAll(some);
      }
      assertEquals(whole.size(), merged.size());
      assertEquals(whole.every(), merged.every());
      for (long gram : grams) {
        assertEquals(whole.contains(gram), merged.contains(gram));
      }
    }
  }

  private static long[] grams(int count, long seed) {
    SplitMix64 random = new SplitMix64(seed);
    long[] grams = new long[count];
    Arrays.setAll(grams, i -> random.nextLong());
    return grams;
  }
}
