package io.chorale.config;

/** The blocks of a transformer; {@code reference.yaml} explains each key. */
public record AttentionSettings(
    int heads,
    int feedForward,
    Positions positions,
    Norm norm,
    Activation activation,
    boolean bias,
    double initializerRange,
    boolean recompute) {

  /** How a transformer knows where a token stands. */
  public enum Positions {
    LEARNED,
    SINUSOIDAL,
    ROTARY
  }

  /** The normalisation before each part of a transformer's block. */
  public enum Norm {
    LAYER,
    RMS
  }

  /** The non-linearity of a transformer's feed-forward layer. */
  public enum Activation {
    GELU,
    SWIGLU
  }

  public AttentionSettings {
    Check.atLeast("attention.heads", heads, 1);
    Check.between("attention.feed-forward", feedForward, 0, 4 * ModelSettings.WIDEST);
    Check.positive("attention.initializer-range", initializerRange);
  }

  /** Refuses a width that the heads or the positions cannot divide. */
  void checkWidth(int width) {
    Check.that(width % heads == 0, "model.width", "a multiple of attention.heads " + heads, width);
    Check.that(
        positions != Positions.ROTARY || width / heads % 2 == 0,
        "model.width / attention.heads",
        "even for rotary positions",
        width / heads);
    Check.that(
        positions != Positions.SINUSOIDAL || width % 2 == 0,
        "model.width",
        "even for sinusoidal positions",
        width);
  }
}
