package io.chorale.corpus;

import io.chorale.chat.Conversation;
import io.chorale.io.Utf8;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** The value of a document for one column of the dataset. */
public sealed interface Field {
  /** Bytes of the text in UTF-8, or of the numbers as they are stored. */
  long bytes();

  /**
   * A text, a class.
   *
   * @param value not blank, and valid Unicode: no lone surrogates
   * @param bytes of it in UTF-8
   */
  record Text(String value, long bytes) implements Field {

    /** A text whose bytes are counted. */
    public Text(String value) {
      this(value, Utf8.length(value));
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

  /** A conversation; what it is told by is the texts of its messages. */
  record Messages(Conversation conversation) implements Field {
    @Override
    public long bytes() {
      return Utf8.length(conversation.text());
    }

    @Override
    public String toString() {
      return conversation.text();
    }
  }

  /**
   * The time of a step.
   *
   * @param millis since 1970, in UTC; of a time without a zone as if that were its zone
   * @param form how it was written
   */
  record Moment(long millis, Form form) implements Field {
    /** How times are written. */
    public enum Form {
      /** With a zone. */
      ZONED,
      /** Without one. */
      LOCAL,
      /** As a number of seconds, or of parts of them. */
      COUNTED
    }

    /** The time that a text tells, as fields of records do; nothing where it is none. */
    public static Optional<Moment> parse(String text) {
      return Times.parse(text);
    }

    /** A time without a zone. */
    static Moment local(LocalDateTime time) {
      return new Moment(time.toInstant(ZoneOffset.UTC).toEpochMilli(), Form.LOCAL);
    }

    @Override
    public long bytes() {
      return Long.BYTES;
    }

    @Override
    public String toString() {
      String text = Instant.ofEpochMilli(millis).toString();
      return form == Form.LOCAL ? text.substring(0, text.length() - 1) : text;
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
