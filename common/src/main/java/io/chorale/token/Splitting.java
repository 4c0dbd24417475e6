package io.chorale.token;

import io.chorale.config.ChoraleException;
import io.chorale.config.SettingsException;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Cuts text into the pieces between which byte-level BPE never merges.
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

  private static final Splitting OF_GPT2 = new Splitting(GPT2_REGEX, GPT2_PATTERN, true);

  private final String regex;
  private final Pattern pattern;
  private final boolean linear;

  private Splitting(String regex, Pattern pattern, boolean linear) {
    this.regex = regex;
    this.pattern = pattern;
    this.linear = linear;
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
              + (setting.length() > 200 ? setting.substring(0, 200) + " ..." : setting)
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
    boolean linear = LinearRegex.cost(RegexReader.read(regex).root()).linear();
    return new Splitting(regex, Pattern.compile(all, PortableRegex.FLAGS), linear);
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

  /**
   * Fails where cutting a text takes too many steps, which only patterns can that are not known to
   * be linear.
   *
   * @param text well formed
   */
  void check(String text) {
    if (!linear) {
      cut(text, piece -> {});
    }
  }

  @Override
  public void split(String text, Consumer<String> pieces) {
    cut(WellFormed.of(text), pieces);
  }

  private void cut(String text, Consumer<String> pieces) {
    try {
      Matcher matcher = pattern.matcher(linear ? text : new LimitedText(text));
      while (matcher.find()) {
        pieces.accept(matcher.group());
      }
    } catch (LimitedText.Exceeded | StackOverflowError e) {
      throw new ChoraleException(
          ("Cannot cut a text of %d characters with the regular expression %s: it goes over the"
                  + " text again and again, expected one that reads it about once. Use another"
                  + " tokenizer.pattern or tokenizer.file, without repetitions that may share the"
                  + " same text.")
              .formatted(text.length(), regex.length() > 200 ? regex.substring(0, 200) : regex),
          e);
    }
  }
}
