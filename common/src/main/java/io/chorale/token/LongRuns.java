package io.chorale.token;

import io.chorale.config.ChoraleException;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/**
 * Texts that native code cannot match regular expressions in: where a run of some characters is
 * very long, such as a million blanks in a row.
 *
 * <p>Immutable; threads may share it.
 */
final class LongRuns {

  /** Every character. */
  static final String ANY = "(?s:.)";

  private final String name;
  private final List<Pattern> runs;
  private final long longest;

  /**
   * @param name what messages call the tokenizer
   * @param characters regular expressions, each for one character
   * @param longest characters of the longest run that can be matched
   */
  LongRuns(String name, List<String> characters, long longest) {
    this.name = name;
    this.longest = longest;
    this.runs =
        longest == Long.MAX_VALUE ? List.of() : characters.stream().map(LongRuns::run).toList();
  }

  /**
   * Java may read a class in a slightly other way, or not at all; any character is on the safe
   * side.
   */
  private static Pattern run(String characters) {
    try {
      return Pattern.compile("(?:" + characters + ")++", PortableRegex.FLAGS);
    } catch (PatternSyntaxException e) {
      return Pattern.compile(ANY + "++");
    }
  }

  /** Fails where a text has a run that is too long. */
  void check(String text) {
    if (text.length() <= longest) {
      return;
    }
    for (Pattern run : runs) {
      Matcher matcher = run.matcher(text);
      while (matcher.find()) {
        if (matcher.end() - matcher.start() > longest) {
          throw new ChoraleException(
              "Cannot encode a text with tokenizer %s: it has %d characters of %s in a row, expected at most %d. Leave it out of the corpus, or cut it."
                  .formatted(name, matcher.end() - matcher.start(), run.pattern(), longest));
        }
      }
    }
  }
}
