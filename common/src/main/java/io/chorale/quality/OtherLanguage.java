package io.chorale.quality;

import io.chorale.config.SettingsException;
import io.chorale.config.Shown;
import io.chorale.corpus.Rejection;
import java.util.List;

/** Rejects documents in any language but those. */
record OtherLanguage(List<String> languages) implements Rule {
  OtherLanguage {
    languages = List.copyOf(languages);
    for (String language : languages) {
      if (!language.matches("[a-z]{2,3}")) {
        throw new SettingsException(
            "Cannot keep language \"%s\": expected a code of ISO 639, such as en. Correct it."
                .formatted(Shown.of(language)));
      }
    }
  }

  @Override
  public boolean rejects(Counts counts) {
    return !languages.contains(counts.language());
  }

  @Override
  public Rejection.Reason reason() {
    return Rejection.Reason.LANGUAGE;
  }

  @Override
  public String told(Counts counts) {
    return "%s (%s)".formatted(this, counts.language());
  }

  @Override
  public String toString() {
    return "language other than " + String.join(", ", languages);
  }
}
