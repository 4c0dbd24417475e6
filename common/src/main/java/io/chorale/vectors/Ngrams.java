package io.chorale.vectors;

import io.chorale.config.ChoraleException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Character n-grams of words, dealt to buckets by fastText's hash (Bojanowski et al. 2017, arXiv
 * 1607.04606): the n-grams of {@code <word>} in code points, but for a lone {@code <} or {@code >}.
 * A word has those of the same buckets as in fastText, in the same order.
 *
 * @param min code points of the shortest n-gram
 * @param max code points of the longest
 * @param buckets that all n-grams share
 */
public record Ngrams(int min, int max, int buckets) {
  private static final int FNV_BASIS = (int) 2166136261L;
  private static final int FNV_PRIME = 16777619;

  public Ngrams {
    if (min < 1 || max < min || buckets < 1) {
      throw new ChoraleException(
          "Cannot make n-grams of %d to %d characters in %d buckets: expected at least 1, from short to long, and at least 1 bucket."
              .formatted(min, max, buckets));
    }
  }

  /** The bucket of each n-gram of a word. Costs the square of {@link #max} a character. */
  public int[] of(String word) {
    byte[] text = ("<" + word + ">").getBytes(StandardCharsets.UTF_8);
    int[] found = new int[text.length * (max - min + 1)];
    int count = 0;
    for (int from = 0; from < text.length; from++) {
      if (continues(text[from])) {
        continue;
      }
      int hash = FNV_BASIS;
      int to = from;
      for (int length = 1; length <= max && to < text.length; length++) {
        do {
          // A byte of 0x80 or more is negative here, as it is in fastText: the hash is not FNV's.
          hash = (hash ^ text[to++]) * FNV_PRIME;
        } while (to < text.length && continues(text[to]));
        boolean border = length == 1 && (from == 0 || to == text.length);
        if (length >= min && !border) {
          found[count++] = Integer.remainderUnsigned(hash, buckets);
        }
      }
    }
    return Arrays.copyOf(found, count);
  }

  private static boolean continues(byte utf8) {
    return (utf8 & 0xC0) == 0x80;
  }
}
