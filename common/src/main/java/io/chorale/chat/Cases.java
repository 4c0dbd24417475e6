package io.chorale.chat;

import java.util.Locale;
import java.util.function.IntPredicate;

/** Texts in capitals and small letters, as Python and Jinja write them. */
final class Cases {
  /** The characters before a word of Jinja's filter {@code title}. */
  static final IntPredicate WORDS = c -> "-({[<".indexOf(c) >= 0 || Values.isSpace(c);

  /** The characters before a word of Python's method {@code title}. */
  static final IntPredicate LETTERS = c -> !Character.isLetter(c);

  private Cases() {}

  static Text upper(Text text) {
    return text.recased(text.toString().toUpperCase(Locale.ROOT));
  }

  static Text lower(Text text) {
    return text.recased(text.toString().toLowerCase(Locale.ROOT));
  }

  /** Whether a text has capitals, and no small letters. */
  static boolean isUpper(String chars) {
    return chars.equals(chars.toUpperCase(Locale.ROOT))
        && chars.codePoints().anyMatch(Character::isUpperCase);
  }

  /** Whether a text has small letters, and no capitals. */
  static boolean isLower(String chars) {
    return chars.equals(chars.toLowerCase(Locale.ROOT))
        && chars.codePoints().anyMatch(Character::isLowerCase);
  }

  static Text capitalized(Text text) {
    String chars = text.toString();
    if (chars.isEmpty()) {
      return text;
    }
    int first = chars.offsetByCodePoints(0, 1);
    return text.recased(
        chars.substring(0, first).toUpperCase(Locale.ROOT)
            + chars.substring(first).toLowerCase(Locale.ROOT));
  }

  /**
   * Each word with a capital first.
   *
   * @param begins whether a word begins behind a character
   */
  static Text titled(Text text, IntPredicate begins) {
    StringBuilder titled = new StringBuilder();
    boolean[] first = {true};
    text.toString()
        .codePoints()
        .forEach(
            c -> {
              titled.appendCodePoint(
                  first[0] ? Character.toTitleCase(c) : Character.toLowerCase(c));
              first[0] = begins.test(c);
            });
    return text.recased(titled.toString());
  }
}
