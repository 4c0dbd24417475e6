package io.chorale.duplicate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.chorale.random.SplitMix64;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class UnionFindTest {
  @Test
  void setsAreThoseOfAPlainMap() {
    SplitMix64 random = new SplitMix64(5);
    for (int edges : new int[] {0, 10, 300, 1000, 3000}) {
      UnionFind sets = new UnionFind(1000);
      Map<Long, Long> plain = new TreeMap<>();
      for (int i = 0; i < edges && !sets.full(); i++) {
        long a = random.below(1000) * 0x123456789abcdefL;
        long b = random.below(1000) * 0x123456789abcdefL;
        sets.join(a, b);
        join(plain, a, b);
      }
      plain.entrySet().removeIf(entry -> entry.getKey().equals(entry.getValue()));
      assertEquals(plain, told(sets));
    }
  }

  @Test
  void whatIsFullTakesNoMoreAndBeginsAnew() {
    UnionFind sets = new UnionFind(4);
    sets.join(9, 7);
    assertFalse(sets.full());
    sets.join(0, 7);
    assertTrue(sets.full());
    assertThrows(IllegalStateException.class, () -> sets.join(1, 2));
    assertEquals(Map.of(9L, 0L, 7L, 0L), told(sets));
    sets.clear();
    assertEquals(Map.of(), told(sets));
    sets.join(-1, 1);
    assertEquals(Map.of(1L, -1L), told(sets));
  }

  @Test
  void anEdgeToItselfIsNone() {
    UnionFind sets = new UnionFind(2);
    sets.join(3, 3);
    assertEquals(Map.of(), told(sets));
  }

  /** The longest chain, from either end. */
  @Test
  void aPathIsOneSet() {
    for (int step : new int[] {1, -1}) {
      UnionFind sets = new UnionFind(100_002);
      for (long i = 0; i < 100_000; i++) {
        sets.join(step * i, step * (i + 1));
      }
      Map<Long, Long> told = told(sets);
      assertEquals(100_000, told.size());
      assertEquals(Map.of(step > 0 ? 0L : -100_000L, 100_000L), counts(told));
    }
  }

  private static Map<Long, Long> counts(Map<Long, Long> told) {
    Map<Long, Long> counts = new TreeMap<>();
    told.values().forEach(least -> counts.merge(least, 1L, Long::sum));
    return counts;
  }

  private static Map<Long, Long> told(UnionFind sets) {
    Map<Long, Long> told = new TreeMap<>();
    sets.forEach(told::put);
    return told;
  }

  private static void join(Map<Long, Long> least, long a, long b) {
    long ofA = least.computeIfAbsent(a, id -> id);
    long ofB = least.computeIfAbsent(b, id -> id);
    least.replaceAll((id, of) -> of == ofA || of == ofB ? Math.min(ofA, ofB) : of);
  }
}
