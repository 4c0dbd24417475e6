package io.chorale.duplicate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ShinglesTest {
  private static final String TEXT = "to be or not to be that is the question to be or not";

  @Test
  void anNgramHasOneHashWhereverItStands() {
    String[] words = TEXT.split(" ", -1);
    List<Long> rolled = hashes(3, TEXT, 4);
    assertEquals(words.length - 2, rolled.size());
    for (int i = 0; i < rolled.size(); i++) {
      String alone = String.join(" ", words[i], words[i + 1], words[i + 2]);
      assertEquals(hashes(3, alone, 4), List.of(rolled.get(i)), alone);
    }
    assertEquals(rolled.get(0), rolled.get(10)); // to be or
  }

  @Test
  void theOrderOfWordsCounts() {
    assertNotEquals(hashes(3, "a b c", 1), hashes(3, "b a c", 1));
    assertNotEquals(hashes(2, "a a", 1), hashes(2, "b b", 1));
  }

  @Test
  void theHashesDoNotDependOnHowManyAreReadAtOnce() {
    assertEquals(hashes(5, TEXT, 1), hashes(5, TEXT, 100));
    assertEquals(hashes(1, TEXT, 3), hashes(1, TEXT, 13));
  }

  @Test
  void fewerWordsThanAnNgramGiveNone() {
    assertEquals(List.of(), hashes(5, "one two three four", 8));
    assertEquals(1, hashes(5, "one two three four five", 8).size());
    assertEquals(List.of(), hashes(1, "", 8));
  }

  private static List<Long> hashes(int n, String text, int atOnce) {
    Shingles shingles = new Shingles(n);
    shingles.begin("what was read before does not count at all here");
    shingles.next(new long[3]);
    shingles.begin(text);
    List<Long> all = new ArrayList<>();
    long[] some = new long[atOnce];
    for (int count = shingles.next(some); count > 0; count = shingles.next(some)) {
      for (int i = 0; i < count; i++) {
        all.add(some[i]);
      }
    }
    return all;
  }
}
