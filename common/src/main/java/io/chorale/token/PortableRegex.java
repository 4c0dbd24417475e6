package io.chorale.token;

import java.util.Set;

/**
 * The part of regular expressions that Java and Oniguruma, which other clients of a tokenizer.json
 * use, read the same way, and that Java matches in text of any length.
 *
 * <p>Reads a pattern once, from left to right, and stops at the first thing outside that part: word
 * characters and boundaries, {@code \h} (a digit to one, a blank to the other), line anchors,
 * scripts, backreferences, classes within classes, possessive or lazy counts, and repeated groups
 * (Java's recursion is as deep as the text is long). A pattern that matches empty text is outside
 * as well: it would cut, but between characters.
 */
final class PortableRegex {

  /** Case folding of other text differs: Oniguruma lets one character match two. */
  private static final Set<String> FOLDED =
      Set.of("(?i:'s|'t|'re|'ve|'m|'ll|'d)", "(?i:[sdmt]|ll|ve|re)");

  private static final String ESCAPES = "sSdDrntf";

  private static final Set<String> CATEGORIES =
      Set.of(
          "L", "Lu", "Ll", "Lt", "Lm", "Lo", "M", "Mn", "Mc", "Me", "N", "Nd", "Nl", "No", "P",
          "Pc", "Pd", "Ps", "Pe", "Pi", "Pf", "Po", "S", "Sm", "Sc", "Sk", "So", "Z", "Zs", "Zl",
          "Zp");

  private final String pattern;
  private int at;

  private PortableRegex(String pattern) {
    this.pattern = pattern;
  }

  /** What is not portable about a pattern, as the end of a sentence; empty where nothing is. */
  static String fault(String pattern) {
    PortableRegex reader = new PortableRegex(pattern);
    try {
      boolean nullable = reader.alternatives();
      if (reader.at < pattern.length()) {
        throw reader.notPortable("a closing parenthesis too many");
      }
      return nullable ? "a match of empty text" : "";
    } catch (NotPortable e) {
      return e.getMessage();
    }
  }

  private boolean alternatives() {
    boolean nullable = sequence();
    while (at < pattern.length() && pattern.charAt(at) == '|') {
      at++;
      nullable |= sequence();
    }
    return nullable;
  }

  private boolean sequence() {
    boolean nullable = true;
    while (at < pattern.length() && pattern.charAt(at) != '|' && pattern.charAt(at) != ')') {
      nullable &= item();
    }
    return nullable;
  }

  private boolean item() {
    int start = at;
    boolean nullable = atom();
    boolean group = pattern.charAt(start) == '(';
    if (at == pattern.length()) {
      return nullable;
    }
    char quantifier = pattern.charAt(at);
    switch (quantifier) {
      case '?', '*', '+' -> {
        at++;
        if (group && quantifier != '?') {
          throw notPortable("a repeated group");
        }
        if (at < pattern.length() && (pattern.charAt(at) == '?' || pattern.charAt(at) == '+')) {
          at++;
        }
        nullable |= quantifier != '+';
      }
      case '{' -> nullable |= count(group);
      default -> {
        return nullable;
      }
    }
    if (at < pattern.length() && "?*+{".indexOf(pattern.charAt(at)) >= 0) {
      throw notPortable("a repetition of a repetition");
    }
    return nullable;
  }

  /** Reads a count such as {@code {1,3}}; true where it allows none. */
  private boolean count(boolean group) {
    int close = pattern.indexOf('}', at);
    String inside = close < 0 ? "" : pattern.substring(at + 1, close);
    if (!inside.matches("[0-9]+(,[0-9]*)?")) {
      throw notPortable("a brace that is not a count");
    }
    if (group && inside.endsWith(",")) {
      throw notPortable("a repeated group");
    }
    at = close + 1;
    return inside.matches("0+(,.*)?");
  }

  private boolean atom() {
    char c = pattern.charAt(at);
    switch (c) {
      case '(' -> {
        return group();
      }
      case '[' -> characterClass();
      case '\\' -> escape();
      case '^', '$' -> throw notPortable("an anchor");
      case '?', '*', '+', '{', '}', ']' -> throw notPortable("a " + c + " that is not escaped");
      default -> at++;
    }
    return false;
  }

  private boolean group() {
    for (String folded : FOLDED) {
      if (pattern.startsWith(folded, at)) {
        at += folded.length();
        return false;
      }
    }
    boolean looksAround = false;
    at++;
    if (pattern.startsWith("?", at)) {
      if (pattern.startsWith("?:", at) || pattern.startsWith("?>", at)) {
        at += 2;
      } else if (pattern.startsWith("?=", at) || pattern.startsWith("?!", at)) {
        looksAround = true;
        at += 2;
      } else if (pattern.startsWith("?<=", at) || pattern.startsWith("?<!", at)) {
        looksAround = true;
        at += 3;
      } else {
        throw notPortable("a group of another kind than (?: (?> (?= (?! (?<= (?<!");
      }
    }
    boolean nullable = alternatives();
    if (at == pattern.length()) {
      throw notPortable("a group that does not end");
    }
    at++;
    return looksAround || nullable;
  }

  private void characterClass() {
    at++;
    if (pattern.startsWith("^", at)) {
      at++;
    }
    int first = at;
    while (at < pattern.length() && (pattern.charAt(at) != ']' || at == first)) {
      char c = pattern.charAt(at);
      if (c == '[' || c == ']' || pattern.startsWith("&&", at)) {
        throw notPortable("a class within a class");
      } else if (c == '\\') {
        escape();
      } else {
        at++;
      }
    }
    if (at == pattern.length()) {
      throw notPortable("a class that does not end");
    }
    at++;
  }

  private void escape() {
    char c = at + 1 < pattern.length() ? pattern.charAt(at + 1) : 'z';
    if (c == 'p' || c == 'P') {
      int close = pattern.indexOf('}', at);
      if (!pattern.startsWith("{", at + 2)
          || close < 0
          || !CATEGORIES.contains(pattern.substring(at + 3, close))) {
        throw notPortable("a property that is not a general category");
      }
      at = close + 1;
    } else if (c == 'u' && pattern.substring(at).matches("(?s)\\\\u[0-9a-fA-F]{4}.*")) {
      at += 6;
    } else if (ESCAPES.indexOf(c) >= 0 || (c < 0x80 && !Character.isLetterOrDigit(c))) {
      at += 2;
    } else {
      throw notPortable("the escape " + pattern.substring(at, Math.min(at + 2, pattern.length())));
    }
  }

  private NotPortable notPortable(String found) {
    return new NotPortable(found + " at position " + at);
  }

  private static final class NotPortable extends RuntimeException {
    private static final long serialVersionUID = 1L;

    NotPortable(String message) {
      super(message, null, false, false);
    }
  }
}
