package io.chorale.config;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/** The blocks of a transformer; {@code reference.yaml} explains each key. */
public record AttentionSettings(
    int heads,
    int kvHeads,
    int headSize,
    int feedForward,
    Positions positions,
    double rotaryBase,
    Map<String, String> rotaryScaling,
    Norm norm,
    double normEpsilon,
    boolean qkNorm,
    Activation activation,
    boolean bias,
    boolean qkvBias,
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
    GELU_TANH,
    SWIGLU;

    /** Whether half of the layer's units are a gate for the other half. */
    public boolean gated() {
      return this == SWIGLU;
    }
  }

  private static final int MOST_HEADS = 1 << 12;
  private static final int LARGEST_HEAD = 1 << 12;

  public AttentionSettings {
    rotaryScaling = Collections.unmodifiableMap(new LinkedHashMap<>(rotaryScaling));
    Check.between("attention.heads", heads, 1, MOST_HEADS);
    Check.between("attention.kv-heads", kvHeads, 0, heads);
    Check.that(
        kvHeads == 0 || heads % kvHeads == 0,
        "attention.kv-heads",
        "a divisor of attention.heads " + heads,
        kvHeads);
    Check.between("attention.head-size", headSize, 0, LARGEST_HEAD);
    Check.between("attention.feed-forward", feedForward, 0, 4 * ModelSettings.WIDEST);
    Check.positive("attention.rotary-base", rotaryBase);
    Check.that(rotaryBase > 1, "attention.rotary-base", "above 1", rotaryBase);
    RotaryScaling.of(rotaryScaling);
    Check.positive("attention.norm-epsilon", normEpsilon);
    Check.positive("attention.initializer-range", initializerRange);
  }

  /** The heads in blocks of that width. */
  public AttentionHeads heads(int width) {
    return new AttentionHeads(
        heads, kvHeads == 0 ? heads : kvHeads, headSize == 0 ? width / heads : headSize);
  }

  /** How rotary positions are scaled. */
  public RotaryScaling scaling() {
    return RotaryScaling.of(rotaryScaling);
  }

  /** Whether the layer of queries, keys and values carries a bias. */
  public boolean biasOfQkv() {
    return bias || qkvBias;
  }

  /** Refuses a width that the heads or the positions cannot divide. */
  void checkWidth(int width) {
    Check.that(
        headSize > 0 || width % heads == 0,
        "model.width",
        "a multiple of attention.heads " + heads,
        width);
    Check.that(
        positions != Positions.ROTARY || heads(width).size() % 2 == 0,
        headSize > 0 ? "attention.head-size" : "model.width / attention.heads",
        "even for rotary positions",
        heads(width).size());
    Check.that(
        positions != Positions.SINUSOIDAL || width % 2 == 0,
        "model.width",
        "even for sinusoidal positions",
        width);
  }
}
