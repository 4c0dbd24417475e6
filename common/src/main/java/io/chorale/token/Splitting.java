package io.chorale.token;

import io.chorale.config.SettingsException;
import java.util.Map;
import java.util.Optional;
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

  /** The settings' words for those of Llama 3 and of Qwen 2. */
  static final String LLAMA3 = "llama3";

  static final String QWEN2 = "qwen2";

  /** GPT-2's splitting as a tokenizer.json that spells it out has it. */
  static final String GPT2_REGEX =
      "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+";

  /** Splittings that have a name, as the tokenizer.json of their models spells them out. */
  private static final Map<String, String> NAMED =
      Map.of(
          GPT2, GPT2_REGEX, LLAMA3, wordsAndDigits("\\p{N}{1,3}"), QWEN2, wordsAndDigits("\\p{N}"));

  private static String wordsAndDigits(String digits) {
    return "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|"
        + digits
        + "| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";
  }

  private static final Splitting OF_GPT2 = new Splitting(GPT2_REGEX, new Gpt2Cutter());

  private final String regex;
  private final Cutter cutter;

  private Splitting(String regex, Cutter cutter) {
    this.regex = regex;
    this.cutter = cutter;
  }

  /**
   * The splitting of a setting: {@code gpt2}, {@code llama3}, {@code qwen2} or a regular
   * expression.
   *
   * @throws SettingsException where the expression is not a {@link PortableRegex}
   */
  static Splitting of(String setting) {
    if (NAMED.containsKey(setting)) {
      return ofPortable(NAMED.get(setting));
    }
    String fault = PortableRegex.fault(setting);
    if (!fault.isEmpty()) {
      throw new SettingsException(
          "tokenizer.pattern must be gpt2, llama3, qwen2 or a regular expression that every client of a"
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

  /** Its name, where it has one. */
  Optional<String> name() {
    return NAMED.entrySet().stream()
        .filter(named -> named.getValue().equals(regex))
        .map(Map.Entry::getKey)
        .findFirst();
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
