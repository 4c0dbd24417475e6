package io.chorale.token;

import io.chorale.config.SettingsException;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * How byte-level bpe cuts text into the pieces between which it never merges.
 *
 * <p>Classes are Unicode's, of the version that the JDK knows: a code point that a newer Unicode
 * assigns may be cut in another place by a newer JDK, or by another client of the tokenizer.json.
 */
final class Splitting implements PreTokenizer {

  /** The settings' word for GPT-2's splitting. */
  static final String GPT2 = "gpt2";

  /** GPT-2's splitting as a tokenizer.json that spells it out has it. */
  static final String GPT2_REGEX =
      "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+";

  // The same language, without a flag and without what a matcher would do in vain: it backtracks
  // only where white space ends.
  private static final Pattern GPT2_PATTERN =
      Pattern.compile(
          "'(?:[stmd]|re|ve|ll)| ?\\p{L}++| ?\\p{N}++| ?[^S\\p{L}\\p{N}]++|[S]+(?![^S])|[S]+"
              .replace("S", WhiteSpace.CLASS));

  // Unicode's classes, "." and line ends as Oniguruma has them.
  private static final int FLAGS =
      Pattern.UNICODE_CHARACTER_CLASS | Pattern.UNIX_LINES | Pattern.MULTILINE;

  private static final Splitting OF_GPT2 = new Splitting(GPT2_REGEX, GPT2_PATTERN);

  private final String regex;
  private final Pattern pattern;

  private Splitting(String regex, Pattern pattern) {
    this.regex = regex;
    this.pattern = pattern;
  }

  /**
   * The splitting of a setting: {@code gpt2} or a regular expression.
   *
   * @throws SettingsException where the expression is not a {@link PortableRegex}
   */
  static Splitting of(String setting) {
    if (setting.equals(GPT2)) {
      return OF_GPT2;
    }
    String fault = PortableRegex.fault(setting);
    if (!fault.isEmpty()) {
      throw new SettingsException(
          "tokenizer.pattern must be gpt2 or a regular expression that every client of a"
              + " tokenizer.json reads the same way (got: "
              + setting
              + ", which has "
              + fault
              + ")");
    }
    return ofPortable(setting);
  }

  /** The splitting of an expression that is a {@link PortableRegex}. */
  static Splitting ofPortable(String regex) {
    if (regex.equals(GPT2_REGEX)) {
      return OF_GPT2;
    }
    // What the expression leaves out is a piece too, up to the next match.
    String all = "(?:" + regex + ")|(?s:.)+?(?=" + regex + "|\\z)";
    return new Splitting(regex, Pattern.compile(all, FLAGS));
  }

  /** The expression that a tokenizer.json holds. */
  String regex() {
    return regex;
  }

  boolean isGpt2() {
    return this == OF_GPT2;
  }

  /** Matches the pieces, which together are the whole text. */
  Pattern pattern() {
    return pattern;
  }

  @Override
  public void split(String text, Consumer<String> pieces) {
    Matcher matcher = pattern.matcher(WellFormed.of(text));
    while (matcher.find()) {
      pieces.accept(matcher.group());
    }
  }
}
