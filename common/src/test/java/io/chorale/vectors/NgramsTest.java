package io.chorale.vectors;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.chorale.config.ChoraleException;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class NgramsTest {
  /** Of scripts/peers/word_vectors_golden.py: umlauts, Cyrillic, emoji and accents among them. */
  @Test
  void everyWordHasTheBucketsOfFastText() throws IOException {
    List<String> lines;
    try (BufferedReader in =
        new BufferedReader(
            new InputStreamReader(
                NgramsTest.class.getResourceAsStream("ngrams.txt"), StandardCharsets.UTF_8))) {
      lines = in.lines().toList();
    }
    assertEquals(57, lines.size());
    for (String line : lines) {
      String[] parts = line.split(" ");
      Ngrams ngrams = new Ngrams(Integer.parseInt(parts[1]), Integer.parseInt(parts[2]), 5000);
      int[] buckets = Arrays.stream(parts).skip(3).mapToInt(Integer::parseInt).toArray();
      assertArrayEquals(buckets, ngrams.of(parts[0]), line);
    }
  }

  @Test
  void lengthsGoFromShortToLong() {
    assertThrows(ChoraleException.class, () -> new Ngrams(6, 3, 10));
  }
}
