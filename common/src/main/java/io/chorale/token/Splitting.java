package io.chorale.token;

import io.chorale.config.SettingsException;
import java.util.function.Consumer;

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

  private static final Splitting OF_GPT2 = new Splitting(GPT2_REGEX, new Gpt2Cutter());

  private final String regex;
  private final Cutter cutter;

  private Splitting(String regex, Cutter cutter) {
    this.regex = regex;
    this.cutter = cutter;
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
    return regex.equals(GPT2_REGEX) ? OF_GPT2 : new Splitting(regex, new RegexCutter(regex));
  }

  /** The expression that a tokenizer.json holds. */
  String regex() {
    return regex;
  }

  boolean isGpt2() {
    return this == OF_GPT2;
  }

  /** Finds the pieces. */
  Cutter cutter() {
    return cutter;
  }

  @Override
  public void split(String text, Consumer<String> pieces) {
    String whole = WellFormed.of(text);
    cutter.cut(whole, (from, to) -> pieces.accept(whole.substring(from, to)));
  }
}
