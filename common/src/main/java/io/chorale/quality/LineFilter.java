package io.chorale.quality;

import java.util.List;
import java.util.Locale;

/**
 * Cuts lines out of a text by the rules of C4, in their order: a line goes that has too long a
 * word, no end mark, too few words, a mention of JavaScript or of policies; marks of citations go
 * out of the lines that stay, and blanks at their ends.
 *
 * <p>Where the published code drops the page, at "lorem ipsum" or an opening brace, the line is
 * counted and stays: a rule says what becomes of the page. Bad words are no part of it, nor are
 * lines that other documents have too.
 */
public enum LineFilter {
  /** Leaves the text as it is. */
  NONE("", 0, false),
  /**
   * As C4 was made: TensorFlow Datasets, {@code text/c4_utils.py}; the JMLR paper (volume 21,
   * 20-074) says the same in words.
   */
  C4(".?!\"", 5, false),
  /**
   * As FineWeb was made: datatrove, {@code filters/c4_filters.py} with the arguments of {@code
   * examples/fineweb.py}. No end mark is needed, and citations count as words.
   */
  FINEWEB("", 3, true);

  /**
   * What is left of a text, and what was met on the way.
   *
   * @param text the lines that stay, fed by one line feed each
   * @param sentences in them
   * @param loremIpsum lines with that phrase
   * @param braces lines with an opening brace
   */
  public record Filtered(String text, long sentences, long loremIpsum, long braces) {}

  private static final int LONGEST_WORD = 1000;
  private static final int TOO_LONG = -1;

  private static final List<String> POLICIES =
      List.of(
          "terms of use",
          "privacy policy",
          "cookie policy",
          "uses cookies",
          "use of cookies",
          "use cookies");

  private final String endMarks;
  private final int leastWords;
  private final boolean citationsAreWords;

  LineFilter(String endMarks, int leastWords, boolean citationsAreWords) {
    this.endMarks = endMarks;
    this.leastWords = leastWords;
    this.citationsAreWords = citationsAreWords;
  }

  /** As it is written: {@code c4}. */
  public String key() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** Filters a text. O(characters). */
  public Filtered filter(String text) {
    if (this == NONE) {
      return new Filtered(text, 0, 0, 0);
    }
    StringBuilder kept = new StringBuilder(text.length());
    long sentences = 0;
    long loremIpsum = 0;
    long braces = 0;
    for (int from = 0; from < text.length(); ) {
      int end = Characters.lineEnd(text, from);
      int first = Characters.skipBlanks(text, from, end);
      String line = text.substring(first, Characters.trimBlanks(text, first, end));
      from = end < text.length() ? Characters.nextLine(text, end) : end;
      int words = words(line);
      if (words == TOO_LONG) {
        continue;
      }
      String cited = Citations.remove(line);
      if (!hasEnd(cited) || (citationsAreWords ? words : words(cited)) < leastWords) {
        continue;
      }
      String lower = cited.toLowerCase(Locale.ROOT);
      loremIpsum += lower.contains("lorem ipsum") ? 1 : 0;
      if (lower.contains("javascript")) {
        continue;
      }
      braces += cited.indexOf('{') >= 0 ? 1 : 0;
      if (isPolicy(lower)) {
        continue;
      }
      sentences += Sentences.count(cited);
      kept.append(cited).append('\n');
    }
    int first = Characters.skipBlanks(kept, 0, kept.length());
    String left = kept.substring(first, Characters.trimBlanks(kept, first, kept.length()));
    return new Filtered(left, sentences, loremIpsum, braces);
  }

  private static boolean isPolicy(String lower) {
    for (String policy : POLICIES) {
      if (lower.contains(policy)) {
        return true;
      }
    }
    return false;
  }

  private boolean hasEnd(String line) {
    return endMarks.isEmpty()
        || !line.isEmpty()
            && endMarks.indexOf(line.charAt(line.length() - 1)) >= 0
            && !line.endsWith("...");
  }

  /** The words between blanks, or that one of them is too long. */
  private static int words(String line) {
    int words = 0;
    for (int from = Characters.skipBlanks(line, 0, line.length()); from < line.length(); words++) {
      int end = from;
      while (end < line.length() && !Characters.isBlank(line.charAt(end))) {
        end++;
      }
      if (end - from > LONGEST_WORD && line.codePointCount(from, end) > LONGEST_WORD) {
        return TOO_LONG;
      }
      from = Characters.skipBlanks(line, end, line.length());
    }
    return words;
  }
}
