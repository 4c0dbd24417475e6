package io.chorale.music;

import io.chorale.config.ChoraleException;

/** A text that is no tune in ABC notation. */
public final class AbcException extends ChoraleException {
  private static final long serialVersionUID = 1L;

  /**
   * @param line of the tune, from 1
   * @param found what stands there
   */
  AbcException(int line, String found) {
    super(
        "Cannot read the tune: in its line %d there is %s, expected ABC notation. Correct it, or write another tune."
            .formatted(line, found));
  }
}
