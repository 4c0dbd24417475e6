package io.chorale.config;

/** The model's architecture; {@code reference.yaml} explains each key. */
public record ModelSettings(
    Kind kind,
    int layers,
    int width,
    int heads,
    int hidden,
    int embedding,
    Positions positions,
    Norm norm,
    Activation activation,
    boolean bias,
    boolean tiedHead,
    double dropout,
    double forgetBias,
    Nonlinearity nonlinearity,
    RecurrentInit recurrentInit) {

  /** The kinds of models. */
  public enum Kind {
    TRANSFORMER,
    LSTM,
    GRU,
    RNN
  }

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

  /** The non-linearity of a plain recurrent network. */
  public enum Nonlinearity {
    TANH,
    RELU
  }

  /** How the recurrent matrix of a plain recurrent network begins. */
  public enum RecurrentInit {
    NORMAL,
    IDENTITY
  }

  // Far beyond any model; within them no number of parameters overflows.
  private static final int MOST_LAYERS = 1_000;
  private static final int WIDEST = 1 << 18;

  public ModelSettings {
    Check.between("model.layers", layers, 1, MOST_LAYERS);
    Check.between("model.width", width, 1, WIDEST);
    Check.atLeast("model.heads", heads, 1);
    Check.between("model.hidden", hidden, 0, 4 * WIDEST);
    Check.between("model.embedding", embedding, 0, WIDEST);
    Check.share("model.dropout", dropout);
    Check.that(Double.isFinite(forgetBias), "model.forget-bias", "a number", forgetBias);
    if (kind == Kind.TRANSFORMER) {
      Check.that(width % heads == 0, "model.width", "a multiple of model.heads " + heads, width);
      Check.that(
          positions != Positions.ROTARY || width / heads % 2 == 0,
          "model.width / model.heads",
          "even for rotary positions",
          width / heads);
      Check.that(
          positions != Positions.SINUSOIDAL || width % 2 == 0,
          "model.width",
          "even for sinusoidal positions",
          width);
    } else {
      Check.that(
          !tiedHead || embedding == 0 || embedding == width,
          "model.embedding",
          "model.width " + width + " (or 0) where model.tied-head is true",
          embedding);
    }
  }

  /** Whether the model carries a state from one block of a text to the next. */
  public boolean recurrent() {
    return kind != Kind.TRANSFORMER;
  }
}
