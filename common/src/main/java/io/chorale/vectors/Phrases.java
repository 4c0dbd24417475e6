package io.chorale.vectors;

import java.util.Arrays;
import java.util.function.IntFunction;

/**
 * Phrases: pairs of words that follow each other far more often than their own counts explain,
 * joined to one (Mikolov et al. 2013, arXiv 1310.4546, section 4). A phrase has an id behind those
 * of the words; in a later pass it may be a part of a longer one.
 *
 * <p>Joining goes from left to right, pass after pass, and costs a look into a table an id and
 * pass. Immutable; for any number of threads.
 */
public final class Phrases {
  private final int words;
  private final int[][] passes;
  private final PairTable[] tables;
  private final int[] lefts;
  private final int[] rights;

  private Phrases(int words, int[][] passes) {
    this.words = words;
    this.passes = passes;
    this.tables = new PairTable[passes.length];
    int all = Arrays.stream(passes).mapToInt(pairs -> pairs.length / 2).sum();
    lefts = new int[all];
    rights = new int[all];
    int next = 0;
    for (int pass = 0; pass < passes.length; pass++) {
      int[] pairs = passes[pass];
      tables[pass] = new PairTable(pairs.length / 2);
      for (int i = 0; i < pairs.length; i += 2) {
        int known = words + next;
        if (pairs[i] < 0 || pairs[i + 1] < 0 || pairs[i] >= known || pairs[i + 1] >= known) {
          throw new IllegalArgumentException(
              "a phrase must be made of what there is before it (got: %d and %d of %d)"
                  .formatted(pairs[i], pairs[i + 1], known));
        }
        tables[pass].put(pairs[i], pairs[i + 1], known);
        lefts[next] = pairs[i];
        rights[next++] = pairs[i + 1];
      }
    }
  }

  /**
   * Phrases of words.
   *
   * @param words ids that are no phrases, from 0
   * @param passes of each the pairs that it joins, as left, right, left, right and so on
   */
  public static Phrases of(int words, int[][] passes) {
    return new Phrases(words, Arrays.stream(passes).map(int[]::clone).toArray(int[][]::new));
  }

  /** None, of any words. */
  public static Phrases none() {
    return new Phrases(Integer.MAX_VALUE, new int[0][]);
  }

  /** These and those of one more pass. */
  public Phrases then(int[] pairs) {
    int[][] more = Arrays.copyOf(passes, passes.length + 1);
    more[passes.length] = pairs;
    return of(words, more);
  }

  /** The pairs of each pass. */
  public int[][] passes() {
    return Arrays.stream(passes).map(int[]::clone).toArray(int[][]::new);
  }

  /** Ids there are, of words and of phrases. */
  public int ids() {
    return words + lefts.length;
  }

  /** Phrases there are. */
  public int size() {
    return lefts.length;
  }

  /** Words that an id stands for. */
  public int words(int id) {
    return id < words ? 1 : words(lefts[id - words]) + words(rights[id - words]);
  }

  /**
   * The text of an id: of a phrase those of its words, joined by {@code _}.
   *
   * @param word the text of a word
   */
  public String spelling(int id, IntFunction<String> word) {
    return id < words
        ? word.apply(id)
        : spelling(lefts[id - words], word) + "_" + spelling(rights[id - words], word);
  }

  /**
   * Joins phrases in place.
   *
   * @param ids of a text
   * @param count of them, from the first on
   * @return how many are left
   */
  public int join(int[] ids, int count) {
    int left = count;
    for (PairTable table : tables) {
      left = join(table, ids, left);
    }
    return left;
  }

  private static int join(PairTable table, int[] ids, int count) {
    int to = 0;
    int from = 0;
    while (from < count) {
      int joined = from + 1 < count ? table.get(ids[from], ids[from + 1]) : PairTable.NONE;
      ids[to++] = joined == PairTable.NONE ? ids[from] : joined;
      from += joined == PairTable.NONE ? 1 : 2;
    }
    return to;
  }

  /** From pairs to ids, by open addressing; at most half full. */
  private static final class PairTable {
    static final int NONE = -1;

    private final long[] pairs;
    private final int[] ids;
    private final int shift;

    PairTable(int size) {
      int bits = Integer.SIZE - Integer.numberOfLeadingZeros(Math.max(1, size)) + 1;
      shift = Long.SIZE - bits;
      pairs = new long[1 << bits];
      ids = new int[1 << bits];
      Arrays.fill(ids, NONE);
    }

    void put(int left, int right, int id) {
      int at = find(left, right);
      if (ids[at] != NONE) {
        throw new IllegalArgumentException("a pair must be joined once in a pass");
      }
      pairs[at] = pair(left, right);
      ids[at] = id;
    }

    int get(int left, int right) {
      return ids[find(left, right)];
    }

    private int find(int left, int right) {
      long pair = pair(left, right);
      // Fibonacci hashing: the upper bits of a product with 2^64 by the golden ratio.
      int at = (int) ((pair * 0x9e3779b97f4a7c15L) >>> shift);
      while (ids[at] != NONE && pairs[at] != pair) {
        at = (at + 1) & (pairs.length - 1);
      }
      return at;
    }

    private static long pair(int left, int right) {
      return (long) left << Integer.SIZE | right;
    }
  }
}
