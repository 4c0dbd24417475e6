package io.chorale.report;

import java.util.Map;

/** Draws how often personal data was masked, by its kind. */
final class PrivacySection {
  private final Map<String, Long> masked;

  PrivacySection(Map<String, Long> masked) {
    this.masked = masked;
  }

  void draw(Html html) {
    if (!masked.isEmpty()) {
      html.element("p", "Places in texts that are masked by the name of their kind.");
      QualitySection.shares(html, "Masked", "kind", masked);
    }
  }
}
