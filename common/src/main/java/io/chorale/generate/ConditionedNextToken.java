package io.chorale.generate;

import io.chorale.model.State;

/**
 * A model that reads texts of equal length side by side, each written for one of some sources, and
 * says what may come next.
 */
public interface ConditionedNextToken extends AutoCloseable {
  /** How many sources there are. */
  int sources();

  /**
   * Reads on; autograd must not record.
   *
   * @param ids of all texts, row-major [B, T]; T is at least one
   * @param sources the number of each text's source [B]
   * @param before what the texts before left, or {@link State#NONE}
   */
  NextToken.Output read(int[] ids, int[] sources, State before);

  @Override
  void close();
}
