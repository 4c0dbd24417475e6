package io.chorale.train;

import java.io.Serializable;

/**
 * Rows of a parameter that stay as they are in a round, bit for bit, while all else is trained.
 *
 * @param parameter a matrix, by its name
 * @param rows of it, each once
 */
public record FrozenRows(String parameter, int[] rows) implements Serializable {
  /** All is trained. */
  public static final FrozenRows NONE = new FrozenRows("", new int[0]);
}
