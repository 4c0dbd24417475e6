package io.chorale.quality;

import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Counts the sentences of a line by its end marks, much as NLTK's Punkt does, which C4 was cut
 * with, but without a model of one language.
 *
 * <p>A sentence ends at a full stop, an exclamation or a question mark, with closing quotes and
 * brackets after it, before a blank and a character that is no lower-case letter; and at the end of
 * the line. A single full stop ends none after a common abbreviation or a single letter. The marks
 * of Chinese and Japanese need no blank after them.
 */
final class Sentences {
  private static final String CLOSING = "\"')]}\u2019\u201d\u00bb\u300d\u300f\uff09";
  private static final String OPENING = "\"'([{\u2018\u201c\u00ab";
  private static final int LONGEST_ABBREVIATION = 8;

  private static final Set<String> ABBREVIATIONS =
      Pattern.compile(" ")
          .splitAsStream(
              """
              adj adm al approx apr assn assoc aug ave bros capt cf ch co col corp dec dept dr e.g ed eds \
              eq est etc feb fig figs fri gen gov i.e inc jan jr lt ltd mar mon mr mrs ms mt no nov nr oct p.m \
              a.m p pp ph.d prof pt rep rev sat sec sen sep sept sgt sr st sun thu tue u.k u.n u.s viz vol vols \
              vs wed\
              """)
          .collect(Collectors.toUnmodifiableSet());

  private Sentences() {}

  /** The sentences of a line; 0 of a blank one. O(characters). */
  static int count(String line) {
    int end = Characters.trimBlanks(line, 0, line.length());
    if (Characters.skipBlanks(line, 0, end) == end) {
      return 0;
    }
    int sentences = 1;
    for (int at = 0; at < end; at++) {
      char c = line.charAt(at);
      boolean wide = isWideMark(c);
      if (wide || isMark(c)) {
        int first = at;
        while (at < end && (wide ? isWideMark(line.charAt(at)) : isMark(line.charAt(at)))) {
          at++;
        }
        int closed = at;
        while (closed < end && CLOSING.indexOf(line.charAt(closed)) >= 0) {
          closed++;
        }
        int next = Characters.skipBlanks(line, closed, end);
        boolean begins = next < end && (wide || next > closed && !isLowerCase(line, next));
        boolean abbreviated = c == '.' && at - first == 1 && isAbbreviated(line, first);
        sentences += begins && !abbreviated ? 1 : 0;
        at = closed - 1;
      }
    }
    return sentences;
  }

  private static boolean isMark(char c) {
    return c == '.' || c == '!' || c == '?';
  }

  private static boolean isWideMark(char c) {
    return c == '\u3002' || c == '\uff01' || c == '\uff1f';
  }

  private static boolean isLowerCase(String line, int at) {
    return Character.getType(line.codePointAt(at)) == Character.LOWERCASE_LETTER;
  }

  /** Whether what stands before a full stop, back to a blank, is written with one anyway. */
  private static boolean isAbbreviated(String line, int stop) {
    int from = stop;
    while (from > 0
        && stop - from <= LONGEST_ABBREVIATION
        && !Characters.isBlank(line.charAt(from - 1))
        && OPENING.indexOf(line.charAt(from - 1)) < 0) {
      from--;
    }
    String word = line.substring(from, stop).toLowerCase(Locale.ROOT);
    boolean letter = word.length() == 1 && Character.isLetter(word.charAt(0));
    return letter || ABBREVIATIONS.contains(word);
  }
}
