package io.chorale.config;

/** How a model learns to translate; {@code reference.yaml} explains each key. */
public record TranslationSettings(double labelSmoothing) {
  public TranslationSettings {
    Check.share("translation.label-smoothing", labelSmoothing);
  }
}
