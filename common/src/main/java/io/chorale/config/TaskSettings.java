package io.chorale.config;

/** What is learnt; {@code reference.yaml} explains each key. */
public record TaskSettings(Kind kind, Direction direction, Pooling pooling) {

  /** The kinds of tasks. */
  public enum Kind {
    LANGUAGE_MODEL,
    CLASSIFICATION,
    TRANSLATION
  }

  /** Which tokens of a text the model sees from each of them. */
  public enum Direction {
    BOTH_WAYS,
    CAUSAL
  }

  /** How the vectors of a text's tokens become one. */
  public enum Pooling {
    MEAN,
    LAST,
    LEARNED
  }
}
