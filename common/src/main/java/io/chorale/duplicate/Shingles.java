package io.chorale.duplicate;

import io.chorale.random.SplitMix64;

/**
 * Hashes the word n-grams of a text, in their order: the i-th begins at the i-th of its {@link
 * PlainWords}.
 *
 * <p>A rolling polynomial over the hashes of words, modulo 2^64, finished by {@link
 * SplitMix64#mix}: the time is that of the words, whatever n is.
 */
public final class Shingles {
  private static final long BASE = 0x9e3779b97f4a7c15L;

  private final PlainWords words = new PlainWords();
  private final long[] window;
  private final long
      leaving; // BASE^(n-1), what the oldest word of the window has been multiplied by
  private long sum;
  private long read;

  /**
   * @param n words of an n-gram, at least 1
   */
  public Shingles(int n) {
    window = new long[n];
    long power = 1;
    for (int i = 1; i < n; i++) {
      power *= BASE;
    }
    leaving = power;
  }

  /** Begins with a text. */
  public void begin(String text) {
    words.begin(text);
    sum = 0;
    read = 0;
  }

  /**
   * Reads the next hashes.
   *
   * @return how many: the array's length but for the last ones of the text, 0 after them
   */
  public int next(long[] into) {
    int count = 0;
    while (count < into.length && words.next()) {
      int slot = (int) (read % window.length);
      if (read >= window.length) {
        sum -= window[slot] * leaving;
      }
      window[slot] = words.hash();
      sum = sum * BASE + window[slot];
      read++;
      if (read >= window.length) {
        into[count++] = SplitMix64.mix(sum);
      }
    }
    return count;
  }

  /** Words of the text that have been read: all of them when no n-gram is left. */
  public long words() {
    return read;
  }
}
