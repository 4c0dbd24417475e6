package io.chorale.config;

/** The settings of contrastive learning; {@code reference.yaml} explains each key. */
public record ContrastiveSettings(double temperature) {
  public ContrastiveSettings {
    Check.positive("contrastive.temperature", temperature);
  }
}
