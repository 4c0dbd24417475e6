package io.chorale.config;

/** The settings of training a translation; {@code reference.yaml} explains each key. */
public record TranslationSettings(double labelSmoothing) {
  public TranslationSettings {
    Check.share("translation.label-smoothing", labelSmoothing);
  }
}
