package io.chorale.token;

import io.chorale.config.ChoraleException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Cuts text at the matches of a {@link PortableRegex}. What the expression leaves out is a piece
 * too, up to the next match.
 */
final class RegexCutter implements Cutter {
  private static final int SHOWN = 200;

  private final String regex;
  private final Pattern pattern;
  private final boolean linear;

  RegexCutter(String regex) {
    this.regex = regex;
    String all = "(?:" + regex + ")|(?s:.)+?(?=" + regex + "|\\z)";
    pattern = Pattern.compile(all, PortableRegex.FLAGS);
    linear = LinearRegex.cost(RegexReader.read(regex).root()).linear();
  }

  /**
   * {@inheritDoc}
   *
   * @throws ChoraleException where it takes too many steps, which only expressions can that are not
   *     known to be linear
   */
  @Override
  public void cut(String text, Sink sink) {
    Matcher matcher = pattern.matcher(linear ? text : new LimitedText(text));
    try {
      while (matcher.find()) {
        sink.piece(matcher.start(), matcher.end());
      }
    } catch (LimitedText.Exceeded | StackOverflowError e) {
      throw new ChoraleException(
          ("Cannot cut a text of %d characters with the regular expression %s: it goes over the"
                  + " text again and again, expected one that reads it about once. Use another"
                  + " tokenizer.pattern or tokenizer.file, without repetitions that may share the"
                  + " same text.")
              .formatted(text.length(), regex.length() > SHOWN ? regex.substring(0, SHOWN) : regex),
          e);
    }
  }
}
