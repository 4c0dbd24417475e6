package io.chorale.duplicate;

import java.lang.Character.UnicodeScript;
import java.text.Normalizer;
import java.util.EnumSet;
import java.util.Set;

/**
 * Simplifies single characters: case folded, diacritics dropped, all but letters and numbers left
 * out.
 *
 * <p>A form is up to three code points of 18 bits each, enough for every letter, the first in the
 * lowest bits, with flags above them; 0 is a character that is left out.
 */
final class PlainForm {
  /** White space. */
  static final long SPACE = 1L << 62;

  /** A character of a script that sets no blanks between words, taken for a word. */
  static final long ALONE = 1L << 61;

  /** A decimal digit, of any script. */
  static final long DIGIT = 1L << 60;

  /** Bits of a code point. */
  static final int BITS = 18;

  /** The first code point of a form. */
  static final long FIRST = (1L << BITS) - 1;

  /** All code points of a form. */
  static final long CODES = (1L << (3 * BITS)) - 1;

  /** Scripts without blanks between words. */
  private static final Set<UnicodeScript> UNSPACED =
      EnumSet.of(
          UnicodeScript.HAN,
          UnicodeScript.HIRAGANA,
          UnicodeScript.KATAKANA,
          UnicodeScript.THAI,
          UnicodeScript.LAO,
          UnicodeScript.KHMER,
          UnicodeScript.MYANMAR);

  private static final long[] BASIC = new long[1 << 16];

  static {
    for (int c = 0; c < BASIC.length; c++) {
      BASIC[c] = find(c);
    }
  }

  private PlainForm() {}

  /** The form of a UTF-16 unit of the basic plane. */
  static long of(char unit) {
    return BASIC[unit];
  }

  /** The form of any code point. */
  static long of(int codePoint) {
    return codePoint < BASIC.length ? BASIC[codePoint] : find(codePoint);
  }

  private static long find(int codePoint) {
    if (Character.isWhitespace(codePoint)
        || Character.isSpaceChar(codePoint)
        || codePoint == 0x85) {
      return SPACE;
    }
    if (!counts(codePoint)) {
      return 0;
    }
    if (Character.getType(codePoint) == Character.DECIMAL_DIGIT_NUMBER) {
      return DIGIT | '0';
    }
    long form = 0;
    int shift = 0;
    String parts = Normalizer.normalize(Character.toString(codePoint), Normalizer.Form.NFD);
    for (int code : parts.codePoints().filter(PlainForm::counts).limit(3).toArray()) {
      form |= (long) Character.toLowerCase(Character.toUpperCase(code)) << shift;
      shift += BITS;
    }
    return UNSPACED.contains(UnicodeScript.of(codePoint)) && form != 0 ? form | ALONE : form;
  }

  /** Letters, numbers, and marks that take a place of their own. */
  private static boolean counts(int codePoint) {
    return Character.isLetter(codePoint)
        || switch (Character.getType(codePoint)) {
          case Character.COMBINING_SPACING_MARK,
              Character.DECIMAL_DIGIT_NUMBER,
              Character.LETTER_NUMBER,
              Character.OTHER_NUMBER ->
              true;
          default -> false;
        };
  }
}
