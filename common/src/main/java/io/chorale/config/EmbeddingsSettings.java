package io.chorale.config;

/** The settings of a table's first vectors; {@code reference.yaml} explains each key. */
public record EmbeddingsSettings(String from, String frozen, Scale scale) {
  private static final String ALWAYS = "always";

  /** How large the vectors are made. */
  public enum Scale {
    TABLE,
    NONE
  }

  public EmbeddingsSettings {
    Check.that(
        frozen.equals(ALWAYS) || frozen.matches("0|[1-9][0-9]{0,17}"),
        "embeddings.frozen",
        "a number of rounds or always",
        frozen);
  }

  /** Whether a table begins from word vectors. */
  public boolean given() {
    return !from.isEmpty();
  }

  /** How long the vectors that were found stay as they are, for people. */
  public String told() {
    return switch (frozen) {
      case ALWAYS -> "frozen always";
      case "0" -> "trained from the first round";
      case "1" -> "frozen for 1 round";
      default -> "frozen for %s rounds".formatted(frozen);
    };
  }

  /**
   * Whether the vectors that were found stay as they are in a round.
   *
   * @param round from 1
   */
  public boolean frozenIn(long round) {
    return given() && (frozen.equals(ALWAYS) || round <= Long.parseLong(frozen));
  }
}
