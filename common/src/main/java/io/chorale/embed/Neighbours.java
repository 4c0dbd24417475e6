package io.chorale.embed;

import java.util.Comparator;
import java.util.List;

/** Finds the nearest of many vectors, by their cosine. */
public interface Neighbours {
  /**
   * A vector that was found.
   *
   * @param place among all vectors, from 0
   * @param cosine of it and the query, from -1 to 1
   */
  record Hit(int place, float cosine) {
    /** The nearest first; equal ones by their places, so that answers are repeatable. */
    static final Comparator<Hit> ORDER =
        Comparator.comparing(Hit::cosine).reversed().thenComparing(Hit::place);
  }

  /**
   * The nearest vectors of each query, the nearest first.
   *
   * @param queries of the vectors' size, of any length; a query's answer does not depend on those
   *     beside it
   * @param count how many are wanted; fewer are found only where there are fewer
   */
  List<List<Hit>> search(float[][] queries, int count);
}
