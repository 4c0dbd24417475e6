package io.chorale.token;

import io.chorale.token.RegexNode.Choice;
import io.chorale.token.RegexNode.Look;
import io.chorale.token.RegexNode.One;
import io.chorale.token.RegexNode.Place;
import io.chorale.token.RegexNode.Repeat;
import io.chorale.token.RegexNode.Sequence;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * Reads a regular expression of Oniguruma, which the clients of a tokenizer.json use.
 *
 * <p>Goes over it once, from left to right. The first thing that Java reads in another way, or
 * cannot match in text of any length, is remembered as {@link Read#notPortable}. What neither
 * engine is given is refused: backreferences, calls, flags in the middle of a pattern, and what is
 * so long or deep that an engine's own recursion would overflow the stack.
 */
final class RegexReader {
  private static final int LONGEST = 10_000;
  private static final int DEEPEST = 50;
  private static final int MOST_PARTS = 1000;
  private static final int LARGEST_COUNT = 1000;

  /** Case folding of other text differs: Oniguruma lets one character match two. */
  private static final Set<String> FOLDED =
      Set.of("(?i:'s|'t|'re|'ve|'m|'ll|'d)", "(?i:[sdmt]|ll|ve|re)");

  private static final String PORTABLE_ESCAPES = "sSdDrntf";
  private static final String OTHER_ESCAPES = "wWhHvae";
  private static final String PLACES = "bBAzZG";

  private static final Set<String> CATEGORIES =
      Set.of(
          "L", "Lu", "Ll", "Lt", "Lm", "Lo", "M", "Mn", "Mc", "Me", "N", "Nd", "Nl", "No", "P",
          "Pc", "Pd", "Ps", "Pe", "Pi", "Pf", "Po", "S", "Sm", "Sc", "Sk", "So", "Z", "Zs", "Zl",
          "Zp");

  /**
   * What was read.
   *
   * @param notPortable what Java reads in another way, as the end of a sentence; empty for nothing
   */
  record Read(RegexNode root, String notPortable) {}

  /** What is not understood or not taken, as the end of a sentence. */
  static final class Refused extends RuntimeException {
    private static final long serialVersionUID = 1L;

    Refused(String message) {
      super(message, null, false, false);
    }
  }

  private final String pattern;
  private String notPortable = "";
  private int at;
  private int depth;
  private int parts;

  private RegexReader(String pattern) {
    this.pattern = pattern;
  }

  /**
   * Reads a pattern.
   *
   * @throws Refused where it cannot
   */
  static Read read(String pattern) {
    if (pattern.length() > LONGEST) {
      throw new Refused(pattern.length() + " characters, more than " + LONGEST);
    }
    RegexReader reader = new RegexReader(pattern);
    RegexNode root = reader.alternatives();
    if (reader.at < pattern.length()) {
      throw reader.refused("a closing parenthesis too many");
    }
    return new Read(root, reader.notPortable);
  }

  private RegexNode alternatives() {
    List<RegexNode> alternatives = new ArrayList<>(List.of(sequence()));
    while (at < pattern.length() && pattern.charAt(at) == '|') {
      at++;
      alternatives.add(sequence());
    }
    return alternatives.size() == 1 ? alternatives.get(0) : new Choice(alternatives);
  }

  private RegexNode sequence() {
    List<RegexNode> items = new ArrayList<>();
    while (at < pattern.length() && pattern.charAt(at) != '|' && pattern.charAt(at) != ')') {
      items.add(item());
    }
    return items.size() == 1 ? items.get(0) : new Sequence(items);
  }

  private RegexNode item() {
    boolean group = pattern.charAt(at) == '(';
    RegexNode atom = atom();
    if (at == pattern.length()) {
      return atom;
    }
    int least;
    int most;
    char quantifier = pattern.charAt(at);
    if (quantifier == '{' && isCount()) {
      int close = pattern.indexOf('}', at);
      String[] ends = pattern.substring(at + 1, close).split(",", -1);
      least = count(ends[0]);
      most = ends.length == 1 ? least : count(ends[1]);
      if (ends[0].isEmpty() || most < least) {
        notPortable("a count that does not rise");
      }
      most = ends.length == 2 && ends[1].isEmpty() ? RegexNode.UNBOUNDED : Math.max(least, most);
      at = close + 1;
    } else if (quantifier == '?' || quantifier == '*' || quantifier == '+') {
      least = quantifier == '+' ? 1 : 0;
      most = quantifier == '?' ? 1 : RegexNode.UNBOUNDED;
      at++;
    } else {
      return atom;
    }
    if (group && most == RegexNode.UNBOUNDED) {
      notPortable("a repeated group");
    }
    boolean lazy = quantifier != '{' && startsWith("?");
    if (lazy || (quantifier != '{' && startsWith("+"))) {
      at++;
    }
    if (at < pattern.length()
        && ("?*+".indexOf(pattern.charAt(at)) >= 0 || (startsWith("{") && isCount()))) {
      throw refused("a repetition of a repetition");
    }
    return new Repeat(atom, least, most, lazy);
  }

  /** Whether a brace begins a count such as {@code {1,3}}; Oniguruma takes any other as text. */
  private boolean isCount() {
    int i = at + 1;
    int digits = 0;
    int commas = 0;
    while (i < pattern.length() && (isDigit(pattern.charAt(i)) || pattern.charAt(i) == ',')) {
      digits += pattern.charAt(i) == ',' ? 0 : 1;
      commas += pattern.charAt(i++) == ',' ? 1 : 0;
    }
    return i < pattern.length() && pattern.charAt(i) == '}' && digits > 0 && commas < 2;
  }

  private static boolean isDigit(char c) {
    return c >= '0' && c <= '9';
  }

  private int count(String digits) {
    if (digits.length() > 4 || (!digits.isEmpty() && Integer.parseInt(digits) > LARGEST_COUNT)) {
      throw refused("a count above " + LARGEST_COUNT);
    }
    return digits.isEmpty() ? 0 : Integer.parseInt(digits);
  }

  private RegexNode atom() {
    countPart();
    int start = at;
    char c = pattern.charAt(at);
    switch (c) {
      case '(' -> {
        return group();
      }
      case '[' -> characterClass();
      case '\\' -> {
        if (escape(false)) {
          return new Place(pattern.substring(start, at));
        }
      }
      case '^', '$' -> {
        notPortable("an anchor");
        at++;
        return new Place(String.valueOf(c));
      }
      case '?', '*', '+' -> throw refused("a " + c + " that is not escaped");
      case '{', '}', ']' -> {
        notPortable("a " + c + " that is not escaped");
        at++;
      }
      default -> at += Character.charCount(pattern.codePointAt(at));
    }
    return new One(pattern.substring(start, at));
  }

  private void countPart() {
    if (++parts > MOST_PARTS) {
      throw refused("more than " + MOST_PARTS + " parts");
    }
  }

  private RegexNode group() {
    int start = at;
    boolean looks = false;
    boolean folds = FOLDED.stream().anyMatch(folded -> pattern.startsWith(folded, at));
    at++;
    if (startsWith("?:") || startsWith("?>")) {
      at += 2;
    } else if (startsWith("?=") || startsWith("?!")) {
      looks = true;
      at += 2;
    } else if (startsWith("?<=") || startsWith("?<!")) {
      looks = true;
      at += 3;
    } else if (startsWith("?")) {
      if (!folds) {
        notPortable("a group of another kind than (?: (?> (?= (?! (?<= (?<!");
      }
      flagsOrName();
    }
    if (++depth > DEEPEST) {
      throw refused("more than " + DEEPEST + " groups within each other");
    }
    RegexNode body = alternatives();
    depth--;
    if (at == pattern.length()) {
      throw refused("a group that does not end");
    }
    at++;
    if (pattern.startsWith("(?<", start) && looks && body.width() == RegexNode.UNBOUNDED) {
      notPortable("a look behind without a limit");
    }
    return looks ? new Look(body, pattern.substring(start, at)) : body;
  }

  /** Such as {@code ?i:} or {@code ?<name>}. */
  private void flagsOrName() {
    int i = at + 1;
    if (i < pattern.length() && pattern.charAt(i) == '<') {
      i = pattern.indexOf('>', i);
      if (i < 0 || !isName(pattern.substring(at + 2, i))) {
        throw refused("a group of an unknown kind");
      }
    } else {
      while (i < pattern.length() && "ims-".indexOf(pattern.charAt(i)) >= 0) {
        i++;
      }
      if (i == pattern.length() || pattern.charAt(i) != ':') {
        throw refused("a group of an unknown kind");
      }
    }
    at = i + 1;
  }

  private static boolean isName(String name) {
    return !name.isEmpty()
        && name.chars().allMatch(c -> c < 0x80 && (Character.isLetterOrDigit(c) || c == '_'))
        && !isDigit(name.charAt(0));
  }

  private void characterClass() {
    if (++depth > DEEPEST) {
      throw refused("more than " + DEEPEST + " classes within each other");
    }
    at++;
    if (startsWith("^")) {
      at++;
    }
    int first = at;
    while (at < pattern.length() && (pattern.charAt(at) != ']' || at == first)) {
      char c = pattern.charAt(at);
      countPart();
      if (c == ']') {
        throw refused("an empty class");
      } else if (c == '[') {
        notPortable("a class within a class");
        characterClass();
      } else if (c == '\\') {
        escape(true);
      } else {
        if (startsWith("&&")) {
          notPortable("a class within a class");
        }
        at++;
      }
    }
    if (at == pattern.length()) {
      throw refused("a class that does not end");
    }
    at++;
    depth--;
  }

  /** Reads an escape; true where it matches no character but a place. */
  private boolean escape(boolean inClass) {
    char c = at + 1 < pattern.length() ? pattern.charAt(at + 1) : 'z';
    if (c == 'p' || c == 'P') {
      property();
      return false;
    }
    if (c == 'u' && hexDigits(at + 2) == 4) {
      at += 6;
      return false;
    }
    if (c == 'x' && hexDigits(at + 2) >= 2) {
      notPortable("the escape \\x");
      at += 4;
      return false;
    }
    if (PORTABLE_ESCAPES.indexOf(c) < 0 && (c >= 0x80 || Character.isLetterOrDigit(c))) {
      notPortable("the escape " + pattern.substring(at, Math.min(at + 2, pattern.length())));
    }
    boolean place = !inClass && PLACES.indexOf(c) >= 0;
    if (at + 1 == pattern.length()
        || (!place
            && c < 0x80
            && Character.isLetterOrDigit(c)
            && (PORTABLE_ESCAPES + OTHER_ESCAPES).indexOf(c) < 0)) {
      throw refused("the escape " + pattern.substring(at, Math.min(at + 2, pattern.length())));
    }
    at += 1 + Character.charCount(pattern.codePointAt(at + 1));
    return place;
  }

  private void property() {
    int close = pattern.indexOf('}', at);
    boolean braces = pattern.startsWith("{", at + 2) && close > 0;
    if (!braces || !CATEGORIES.contains(pattern.substring(at + 3, close))) {
      notPortable("a property that is not a general category");
    }
    if (!braces) {
      throw refused("a property without its name");
    }
    at = close + 1;
  }

  private int hexDigits(int from) {
    int i = from;
    while (i < pattern.length() && Character.digit(pattern.charAt(i), 16) >= 0 && i < from + 4) {
      i++;
    }
    return i - from;
  }

  private boolean startsWith(String text) {
    return pattern.startsWith(text, at);
  }

  private void notPortable(String found) {
    if (notPortable.isEmpty()) {
      notPortable = found + " at position " + at;
    }
  }

  private Refused refused(String found) {
    return new Refused(found + " at position " + at);
  }
}
