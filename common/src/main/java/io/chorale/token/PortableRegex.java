package io.chorale.token;

import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/**
 * The part of regular expressions that Java and Oniguruma, which other clients of a tokenizer.json
 * use, read the same way, and that Java matches in text of any length.
 *
 * <p>Outside are word characters and boundaries, {@code \h} (a digit to one, a blank to the other),
 * line anchors, scripts, backreferences, classes within classes, possessive or lazy counts, and
 * groups that are repeated without a limit (Java's recursion is as deep as the text is long). A
 * pattern that matches empty text is outside as well: it would cut, but between characters.
 */
final class PortableRegex {
  /** Unicode's classes, "." and line ends as Oniguruma has them. */
  static final int FLAGS = Pattern.UNICODE_CHARACTER_CLASS | Pattern.UNIX_LINES | Pattern.MULTILINE;

  private PortableRegex() {}

  /** What is not portable about a pattern, as the end of a sentence; empty where nothing is. */
  static String fault(String pattern) {
    try {
      RegexReader.Read read = RegexReader.read(pattern);
      if (!read.notPortable().isEmpty()) {
        return read.notPortable();
      }
      Pattern.compile(pattern, FLAGS);
      return read.root().nullable() ? "a match of empty text" : "";
    } catch (RegexReader.Refused e) {
      return e.getMessage();
    } catch (PatternSyntaxException e) {
      return "the fault that Java calls " + e.getDescription();
    }
  }
}
