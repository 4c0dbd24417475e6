package io.chorale.quality;

import com.google.re2j.Matcher;
import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import io.chorale.config.SettingsException;
import io.chorale.config.Shown;

/**
 * Finds a regular expression of the user's in texts, in time that is linear in the text for every
 * expression (RE2's syntax: no back references, no looking around). Immutable.
 */
public final class TextPattern {
  private final Pattern pattern;

  private TextPattern(Pattern pattern) {
    this.pattern = pattern;
  }

  /**
   * Reads an expression.
   *
   * @throws SettingsException where it is none, or could match an empty text
   */
  public static TextPattern of(String expression) {
    try {
      Pattern pattern = Pattern.compile(expression);
      if (pattern.matches("")) {
        throw new SettingsException(
            "Cannot use pattern \"%s\": it matches an empty text, so it is found everywhere. Correct it."
                .formatted(Shown.of(expression)));
      }
      return new TextPattern(pattern);
    } catch (PatternSyntaxException e) {
      throw new SettingsException(
          "Cannot read pattern \"%s\": %s, expected an expression of RE2. Correct it."
              .formatted(Shown.of(expression), Shown.of(e.getDescription())),
          e);
    }
  }

  /** Places where it is found, none within another. */
  long matches(String text) {
    Matcher matcher = pattern.matcher(text);
    long found = 0;
    while (matcher.find()) {
      found++;
    }
    return found;
  }
}
