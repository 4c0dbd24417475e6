package io.chorale.token;

/**
 * White space as Unicode's property White_Space has it: unlike {@link Character#isWhitespace}, with
 * the no-break spaces and without the four separators of ASCII.
 */
final class WhiteSpace {

  /** The same set, as the inside of a character class of a regular expression. */
  static final String CLASS =
      "\\t-\\r \\u0085\\u00a0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000";

  private WhiteSpace() {}

  /** Whether a UTF-16 unit is white space; all white space is in the basic plane. */
  static boolean is(int c) {
    if (c <= ' ') {
      return c == ' ' || (c >= '\t' && c <= '\r');
    }
    return switch (c) {
      case 0x85, 0xa0, 0x1680, 0x2028, 0x2029, 0x202f, 0x205f, 0x3000 -> true;
      default -> c >= 0x2000 && c <= 0x200a;
    };
  }
}
