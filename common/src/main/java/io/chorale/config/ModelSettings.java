package io.chorale.config;

/**
 * The size and kind of a model, as all kinds have them; {@code reference.yaml} explains each key.
 */
public record ModelSettings(
    String from,
    Kind kind,
    int layers,
    int width,
    int vocabulary,
    boolean tiedHead,
    double dropout) {

  /** The kinds of models. */
  public enum Kind {
    TRANSFORMER,
    LSTM,
    GRU,
    RNN,
    LINEAR
  }

  // Far beyond any model; within them no number of parameters overflows.
  private static final int MOST_LAYERS = 1_000;
  static final int WIDEST = 1 << 18;
  private static final int MOST_TOKENS = 1 << 24;

  public ModelSettings {
    Check.between("model.layers", layers, 1, MOST_LAYERS);
    Check.between("model.width", width, 1, WIDEST);
    Check.between("model.vocabulary", vocabulary, 0, MOST_TOKENS);
    Check.share("model.dropout", dropout);
  }

  /** Whether the model carries a state from one block of a text to the next. */
  public boolean recurrent() {
    return kind == Kind.LSTM || kind == Kind.GRU || kind == Kind.RNN;
  }

  /**
   * The rows that the model has for the entries of a tokenizer. A published model gets further ones
   * for what has been added to its tokenizer.
   *
   * @throws SettingsException where it has too few
   */
  public int rows(int entries) {
    if (vocabulary > 0 && vocabulary < entries && from.isEmpty()) {
      throw new SettingsException(
          "model.vocabulary must be 0 or at least the %d entries of the tokenizer (got: %d)"
              .formatted(entries, vocabulary));
    }
    return Math.max(vocabulary, entries);
  }
}
