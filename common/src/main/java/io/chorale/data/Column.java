package io.chorale.data;

import com.fasterxml.jackson.annotation.JsonProperty;
import io.chorale.io.DataType;
import java.io.Serializable;
import java.util.Locale;
import java.util.regex.Pattern;

/**
 * A column of a dataset: in every row it has one cell.
 *
 * @param name of the column, which begins the names of its arrays in a shard
 * @param kind what a cell is
 * @param type of the numbers in a shard; it follows from kind and size
 * @param size entries of the vocabulary, channels, length, or classes; see {@link Kind}
 */
public record Column(String name, Kind kind, @JsonProperty("dtype") DataType type, int size)
    implements Serializable {
  /** The column of text, as ids of its tokens. */
  public static final String TEXT = "text";

  /** The column of series: steps of real numbers. */
  public static final String SERIES = "series";

  /** The column of the steps before those of the series that a forecast may look back on. */
  public static final String HISTORY = "history";

  /** The column of the {@link Calendar}'s numbers, for all steps of history and series. */
  public static final String CALENDAR = "calendar";

  /** The column of vectors: one of a row. */
  public static final String VECTOR = "vector";

  /** The column of classes, or of real numbers: one of a row. */
  public static final String LABEL = "label";

  /** The column of tags: a class for each step of a row. */
  public static final String TAGS = "tags";

  /** The column of answers: for each token of the text 1 where it is learned, else 0. */
  public static final String ANSWER = "answer";

  /** The column of texts that are to be written, as ids of their tokens. */
  public static final String TARGET = "target";

  /** Ids below it fit in two bytes. */
  private static final int NARROW = 1 << 16;

  // No dot, so that no column can be called as an array of another one.
  private static final Pattern NAME = Pattern.compile("[A-Za-z][A-Za-z0-9_-]{0,63}");

  /** What the cells of a column are. */
  public enum Kind {
    /** A sequence of ids, each below the size of the vocabulary. */
    @JsonProperty("ids")
    IDS,
    /** A sequence of steps, each of as many numbers as there are channels. */
    @JsonProperty("series")
    SERIES,
    /** As many numbers as the vector is long. */
    @JsonProperty("vector")
    VECTOR,
    /** The number of a class, or a real number where the size is 0. */
    @JsonProperty("label")
    LABEL;

    /** As in the manifest: {@code series}. */
    public String key() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  public Column {
    if (!NAME.matcher(name).matches()) {
      throw new IllegalArgumentException(
          "a column's name must be letters, digits, '-' and '_' (got: %s)"
              .formatted(name.replaceAll("[^ -~]", "?")));
    }
    int least = kind == Kind.LABEL ? 0 : 1;
    if (size < least || type != type(kind, size)) {
      throw new IllegalArgumentException(
          "column %s of %s must have a size of at least %d and the type that it asks for (got: %d and %s)"
              .formatted(name, kind.key(), least, size, type));
    }
  }

  /**
   * Sequences of ids.
   *
   * @param entries of the vocabulary: ids are below it
   */
  public static Column ids(String name, int entries) {
    return of(name, Kind.IDS, entries);
  }

  /** Sequences of steps of that many numbers each. */
  public static Column series(String name, int channels) {
    return of(name, Kind.SERIES, channels);
  }

  /** Vectors of that many numbers. */
  public static Column vector(String name, int length) {
    return of(name, Kind.VECTOR, length);
  }

  /** One of that many classes. */
  public static Column label(String name, int classes) {
    return of(name, Kind.LABEL, classes);
  }

  /** A real number. */
  public static Column number(String name) {
    return of(name, Kind.LABEL, 0);
  }

  private static Column of(String name, Kind kind, int size) {
    return new Column(name, kind, type(kind, size), size);
  }

  /** How numbers of such a column are stored. */
  public static DataType type(Kind kind, int size) {
    return switch (kind) {
      case IDS -> size <= NARROW ? DataType.U16 : DataType.I32;
      case SERIES, VECTOR -> DataType.F32;
      case LABEL -> size == 0 ? DataType.F32 : DataType.I32;
    };
  }

  /** Whether cells are sequences, so that rows differ in length. */
  public boolean ragged() {
    return kind == Kind.IDS || kind == Kind.SERIES;
  }

  /** Whether cells hold whole numbers from 0 to {@code size - 1}. */
  public boolean whole() {
    return type != DataType.F32;
  }

  /** Bytes of a step: of a token, of all numbers of a series at a time. */
  public long stepBytes() {
    return (long) width() * type.bytes();
  }

  /** Numbers in a step: the last axis of a batch of {@link Numbers}. */
  int width() {
    return whole() || size == 0 ? 1 : size;
  }
}
