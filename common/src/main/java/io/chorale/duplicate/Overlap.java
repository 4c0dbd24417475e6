package io.chorale.duplicate;

/**
 * Counts the words of a text that lie in n-grams which were found elsewhere. O(1) an n-gram.
 *
 * <p>Where only every k-th n-gram is looked for, two of these that follow each other and are both
 * found count with all words between them: so a passage that was copied as a whole counts as a
 * whole, but for its ends.
 */
public final class Overlap {
  private final int n;
  private long words;
  private long end;
  private long last = Long.MIN_VALUE;

  /**
   * @param n words of an n-gram
   */
  public Overlap(int n) {
    this.n = n;
  }

  /**
   * Adds an n-gram that was found.
   *
   * @param turn how many n-grams of the text were looked for before it, found or not
   * @param place the number of its first word, from 0; ascending
   */
  public void add(long turn, long place) {
    long from = turn == last + 1 ? end : Math.max(place, end);
    words += Math.max(0, place + n - from);
    end = place + n;
    last = turn;
  }

  /** Words so far. */
  public long words() {
    return words;
  }
}
