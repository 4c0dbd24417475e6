package io.chorale.config;

import java.util.List;

/** Settings of personal data in texts; {@code reference.yaml} explains each key. */
public record PrivacySettings(List<String> mask) {
  public PrivacySettings {
    mask = List.copyOf(mask);
  }
}
