package io.chorale.config;

import java.time.DateTimeException;
import java.time.LocalDate;
import java.util.List;

/**
 * The settings of conversations: how they are written, and which are too long; {@code
 * reference.yaml} explains each key.
 */
public record ChatSettings(
    String template, List<String> control, String date, int maxTokens, Longer longer) {

  /** What becomes of a conversation with more tokens than may be. */
  public enum Longer {
    REJECT,
    CUT
  }

  public ChatSettings {
    control = List.copyOf(control);
    Check.that(
        control.stream().noneMatch(String::isBlank), "chat.control", "texts of tokens", control);
    Check.that(isDate(date), "chat.date", "a day such as 2026-01-31, or nothing", date);
    Check.atLeast("chat.max-tokens", maxTokens, 0);
  }

  private static boolean isDate(String date) {
    try {
      return date.isEmpty() || !LocalDate.parse(date).toString().isEmpty();
    } catch (DateTimeException e) {
      return false;
    }
  }
}
