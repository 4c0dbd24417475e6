package io.chorale.corpus;

import io.chorale.io.Utf8;
import java.util.Arrays;
import java.util.List;

/** What a document holds for one column of the dataset. */
public sealed interface Field {
  /** Bytes of the text in UTF-8, or of the numbers as they are stored. */
  long bytes();

  /**
   * A text, a class.
   *
   * @param value not blank, and valid Unicode: no lone surrogates
   */
  record Text(String value) implements Field {
    @Override
    public long bytes() {
      return Utf8.length(value);
    }

    @Override
    public String toString() {
      return value;
    }
  }

  /**
   * A text that is cut into words, or a label for each of them.
   *
   * @param values at least one, none of them empty, and valid Unicode
   */
  record Words(List<String> values) implements Field {
    public Words {
      values = List.copyOf(values);
    }

    @Override
    public long bytes() {
      return values.stream().mapToLong(Utf8::length).sum();
    }

    /** With a blank between two words. */
    @Override
    public String toString() {
      return String.join(" ", values);
    }
  }

  /**
   * A series of numbers, a vector, or one number.
   *
   * @param values finite, step by step; at least one, and not copied
   * @param size numbers of a step; all of a vector are one step
   */
  record Numbers(float[] values, int size) implements Field {
    private static final int SHOWN = 10;

    @Override
    public long bytes() {
      return (long) Float.BYTES * values.length;
    }

    @Override
    public boolean equals(Object other) {
      return other instanceof Numbers numbers
          && size == numbers.size
          && Arrays.equals(values, numbers.values);
    }

    @Override
    public int hashCode() {
      return 31 * size + Arrays.hashCode(values);
    }

    /** The first of them. */
    @Override
    public String toString() {
      StringBuilder shown = new StringBuilder();
      for (int i = 0; i < Math.min(values.length, SHOWN); i++) {
        shown.append(i == 0 ? "" : " ").append(values[i]);
      }
      return shown.toString();
    }
  }
}
