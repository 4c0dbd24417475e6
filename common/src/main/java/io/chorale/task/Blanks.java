package io.chorale.task;

import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;

/** White space as Python's {@code str.split} and {@code str.rstrip} know it. */
final class Blanks {
  private static final String BLANK =
      "[\\t-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000]+";
  private static final Pattern BLANKS = Pattern.compile(BLANK);
  private static final Pattern TRAILING = Pattern.compile(BLANK + "\\z");

  private Blanks() {}

  /** What stands between blanks, if it is anything. */
  static List<String> split(String text) {
    return Arrays.stream(BLANKS.split(text)).filter(word -> !word.isEmpty()).toList();
  }

  static String stripTrailing(String text) {
    return TRAILING.matcher(text).replaceFirst("");
  }
}
