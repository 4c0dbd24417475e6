package io.chorale.jobs.tokenize;

import java.io.Serializable;
import java.util.TreeMap;

/**
 * How much of the held-out texts of a part the training split has.
 *
 * @param sets by the number of their set; those that have nothing may be missing
 */
record FoundPart(TreeMap<Integer, Found> sets) implements Serializable {
  /**
   * Of a set.
   *
   * @param documents that have an n-gram which was found
   * @param words of them that lie in such n-grams
   */
  record Found(long documents, long words) implements Serializable {
    static final Found NONE = new Found(0, 0);

    /** Both. */
    Found and(Found other) {
      return new Found(documents + other.documents, words + other.words);
    }
  }
}
