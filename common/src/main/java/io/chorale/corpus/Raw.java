package io.chorale.corpus;

import java.util.List;

/** The value of a field as its file has it, before anybody has asked whether it will do. */
sealed interface Raw {
  /** No such field, or null. */
  Raw NOTHING = new Nothing();

  /** See {@link #NOTHING}. */
  record Nothing() implements Raw {}

  /** Text in UTF-8, if it is valid; the bytes are not copied. */
  record Encoded(byte[] bytes, int from, int count) implements Raw {
    Encoded(byte[] bytes) {
      this(bytes, 0, bytes.length);
    }
  }

  /** Text that may hold lone surrogates. */
  record Decoded(String text) implements Raw {}

  /**
   * A number, or true or false.
   *
   * @param exact whether it is no fraction
   */
  record Scalar(String text, boolean exact) implements Raw {}

  /** A list of texts; they may hold lone surrogates. */
  record Strings(List<String> values) implements Raw {}

  /**
   * A list of numbers, or of steps of numbers.
   *
   * @param values step by step, finite or not
   * @param width numbers of a step; 0 where the list is one of numbers
   */
  record Reals(float[] values, int width) implements Raw {}

  /** A list of nothing. */
  record Empty() implements Raw {}

  /** Longer than a document may be. */
  record TooLong() implements Raw {}

  /** A list with a text that is not UTF-8. */
  record Garbled() implements Raw {}

  /**
   * Something else.
   *
   * @param found in words: {@code a list with nothing at 3}
   */
  record Odd(String found) implements Raw {}
}
