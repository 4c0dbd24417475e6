package io.chorale.vectors;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class PhrasesTest {
  private static int[] joined(Phrases phrases, int... ids) {
    int[] text = ids.clone();
    return Arrays.copyOf(text, phrases.join(text, text.length));
  }

  @Test
  void pairsAreJoinedFromTheLeftAndLaterPassesJoinWhatIsJoined() {
    Phrases phrases = Phrases.of(4, new int[][] {{0, 1, 1, 2}, {4, 2, 4, 4}});
    assertEquals(8, phrases.ids());
    assertArrayEquals(new int[] {6, 3}, joined(phrases, 0, 1, 2, 3));
    assertArrayEquals(new int[] {7, 0}, joined(phrases, 0, 1, 0, 1, 0));
    assertArrayEquals(new int[] {3, 5}, joined(phrases, 3, 1, 2));
    assertArrayEquals(new int[0], joined(phrases));
    assertEquals("a_b_c", phrases.spelling(6, id -> "abcd".substring(id, id + 1)));
    assertEquals(4, phrases.words(7));
    assertArrayEquals(new int[] {0, 1, 0}, joined(Phrases.none(), 0, 1, 0));
  }

  /** Against a map and lists, for more pairs than a table has room for at first. */
  @Test
  void manyPairsAreFoundAgain() {
    Random random = new Random(7);
    int words = 500;
    Map<List<Integer>, Integer> pairs = new HashMap<>();
    List<Integer> flat = new ArrayList<>();
    while (pairs.size() < 3000) {
      int left = random.nextInt(words);
      int right = random.nextInt(words);
      if (pairs.putIfAbsent(List.of(left, right), words + pairs.size()) == null) {
        flat.add(left);
        flat.add(right);
      }
    }
    int[] one = flat.stream().mapToInt(id -> id).toArray();
    Phrases phrases = Phrases.of(words, new int[0][]).then(one);
    int[] text = IntStream.range(0, 50_000).map(i -> random.nextInt(words)).toArray();
    List<Integer> expected = new ArrayList<>();
    for (int i = 0; i < text.length; i++) {
      Integer id = i + 1 < text.length ? pairs.get(List.of(text[i], text[i + 1])) : null;
      expected.add(id == null ? text[i] : id);
      i += id == null ? 0 : 1;
    }
    assertEquals(expected, IntStream.of(joined(phrases, text)).boxed().toList());
    assertArrayEquals(phrases.passes(), Phrases.of(words, phrases.passes()).passes());
  }

  @Test
  void aPhraseIsMadeOfWhatThereIs() {
    assertThrows(IllegalArgumentException.class, () -> Phrases.of(3, new int[][] {{0, 3}}));
    assertThrows(IllegalArgumentException.class, () -> Phrases.of(3, new int[][] {{0, 1, 0, 1}}));
  }
}
