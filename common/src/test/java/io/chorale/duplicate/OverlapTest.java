package io.chorale.duplicate;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.BitSet;
import java.util.Random;
import org.junit.jupiter.api.Test;

class OverlapTest {
  /** Where every n-gram is looked for, the words are the union of those found. */
  @Test
  void wordsAreThoseOfTheUnion() {
    Random random = new Random(1);
    for (int n : new int[] {1, 2, 5, 13}) {
      for (int round = 0; round < 50; round++) {
        Overlap overlap = new Overlap(n);
        BitSet words = new BitSet();
        for (int place = 0; place < 100; place++) {
          if (random.nextInt(10) == 0) {
            overlap.add(place, place);
            words.set(place, place + n);
          }
        }
        assertEquals(words.cardinality(), overlap.words());
      }
    }
  }

  @Test
  void betweenTwoThatFollowEachOtherAllWordsCount() {
    Overlap overlap = new Overlap(13);
    overlap.add(0, 7);
    overlap.add(1, 100);
    overlap.add(2, 101);
    assertEquals(101 + 13 - 7, overlap.words());
    // One was looked for in between, and not found.
    overlap.add(4, 200);
    assertEquals(101 + 13 - 7 + 13, overlap.words());
  }
}
