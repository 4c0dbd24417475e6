package io.chorale.task;

import java.io.Serializable;

/**
 * A part of a prediction: what it is called, and of which type its value is in every {@link
 * Prediction}.
 *
 * @param name such as {@code probabilities}
 */
public record Output(String name, Type type) implements Serializable {
  /** The type of a value. */
  public sealed interface Type extends Serializable {}

  /** A single value. */
  public enum Scalar implements Type {
    /** A {@link String}. */
    TEXT,
    /** A {@link Double}. */
    NUMBER,
    /** A {@link java.time.Instant}. */
    TIME
  }

  /** A {@link java.util.List} of values. */
  public record Many(Type of) implements Type {}

  /**
   * A {@code float[]}: many 32-bit numbers, too many for an object each.
   *
   * @param size how many
   */
  public record Vector(int size) implements Type {}

  /** A {@link java.util.Map} from names to values, in its own order. */
  public record Named(Type of) implements Type {}

  /** A text. */
  public static Output text(String name) {
    return new Output(name, Scalar.TEXT);
  }

  /** A real number. */
  public static Output number(String name) {
    return new Output(name, Scalar.NUMBER);
  }

  /** A vector of so many 32-bit numbers. */
  public static Output vector(String name, int size) {
    return new Output(name, new Vector(size));
  }

  /** As many of the same. */
  public Output many() {
    return new Output(name, new Many(type));
  }

  /** One of the same for each of some names. */
  public Output named() {
    return new Output(name, new Named(type));
  }
}
