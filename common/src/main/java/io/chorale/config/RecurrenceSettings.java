package io.chorale.config;

/** The layers of a recurrent network; {@code reference.yaml} explains each key. */
public record RecurrenceSettings(
    int embedding, double forgetBias, Nonlinearity nonlinearity, Init init, boolean layerNorm) {

  /** The non-linearity of a plain recurrent network. */
  public enum Nonlinearity {
    TANH,
    RELU
  }

  /** How the recurrent matrix of a plain recurrent network begins. */
  public enum Init {
    NORMAL,
    IDENTITY
  }

  public RecurrenceSettings {
    Check.between("recurrence.embedding", embedding, 0, ModelSettings.WIDEST);
    Check.that(Double.isFinite(forgetBias), "recurrence.forget-bias", "a number", forgetBias);
  }

  /** Refuses an embedding that a head cannot share. */
  void checkTied(ModelSettings model) {
    Check.that(
        !model.tiedHead() || embedding == 0 || embedding == model.width(),
        "recurrence.embedding",
        "model.width " + model.width() + " (or 0) where model.tied-head is true",
        embedding);
  }
}
