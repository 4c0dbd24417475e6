package io.chorale.quality;

/**
 * Kinds of characters, by which a text falls into words, symbols, blanks and lines. Blanks and line
 * ends are those of Python's {@code str}, which the published rules are written with.
 */
final class Characters {
  /** Parts words. */
  static final byte BLANK = 0;

  /** Stands by itself. */
  static final byte SYMBOL = 1;

  /** Goes on with a word, and is a symbol where there is none: marks, and invisible joiners. */
  static final byte MARK = 2;

  static final byte DIGIT = 3;
  static final byte LETTER = 4;

  /** A letter of a script without blanks between words: a word by itself, with its marks. */
  static final byte ALONE = 5;

  /** First and last of the blocks of Han, Kana, Thai, Lao, Myanmar and Khmer. */
  private static final int[][] WITHOUT_BLANKS = {
    {0x0e00, 0x0eff},
    {0x1000, 0x109f},
    {0x1780, 0x17ff},
    {0x2e80, 0x2fdf},
    {0x3005, 0x3007},
    {0x3021, 0x3029},
    {0x3040, 0x30ff},
    {0x31f0, 0x31ff},
    {0x3400, 0x4dbf},
    {0x4e00, 0x9fff},
    {0xf900, 0xfaff},
    {0xff66, 0xff9d},
    {0x20000, 0x3ffff}
  };

  private static final byte[] KINDS = kinds();

  private Characters() {}

  /** The kind of a code point; a lone half of a surrogate pair is a symbol. */
  static byte kind(int point) {
    return point < KINDS.length ? KINDS[point] : find(point);
  }

  static boolean isBlank(int point) {
    return kind(point) == BLANK;
  }

  /** Whether a character ends a line; a carriage return and a line feed end one together. */
  static boolean isLineEnd(char c) {
    return c >= '\n' && c <= '\r'
        || c >= 0x1c && c <= 0x1e
        || c == 0x85
        || c == 0x2028
        || c == 0x2029;
  }

  /** Where the next line begins, after a line that ends at a place before the end of the text. */
  static int nextLine(String text, int end) {
    boolean pair =
        text.charAt(end) == '\r' && end + 1 < text.length() && text.charAt(end + 1) == '\n';
    return end + (pair ? 2 : 1);
  }

  /** The end of the line that begins at a place: of a line end, or of the text. */
  static int lineEnd(String text, int from) {
    int at = from;
    while (at < text.length() && !isLineEnd(text.charAt(at))) {
      at++;
    }
    return at;
  }

  /** The first place from that one on that is not blank. */
  static int skipBlanks(CharSequence text, int from, int to) {
    int at = from;
    while (at < to && isBlank(text.charAt(at))) {
      at++;
    }
    return at;
  }

  /** The end of the text before a place, less the blanks at its end. */
  static int trimBlanks(CharSequence text, int from, int to) {
    int at = to;
    while (at > from && isBlank(text.charAt(at - 1))) {
      at--;
    }
    return at;
  }

  private static byte[] kinds() {
    byte[] kinds = new byte[Character.MIN_SUPPLEMENTARY_CODE_POINT];
    for (int point = 0; point < kinds.length; point++) {
      kinds[point] = find(point);
    }
    return kinds;
  }

  private static byte find(int point) {
    boolean control =
        point >= '\t' && point <= '\r' || point >= 0x1c && point <= 0x1f || point == 0x85;
    if (control || Character.isSpaceChar(point)) {
      return BLANK;
    }
    if (Character.isLetter(point)) {
      return isWithoutBlanks(point) ? ALONE : LETTER;
    }
    return switch (Character.getType(point)) {
      case Character.DECIMAL_DIGIT_NUMBER, Character.LETTER_NUMBER, Character.OTHER_NUMBER -> DIGIT;
      case Character.NON_SPACING_MARK,
          Character.ENCLOSING_MARK,
          Character.COMBINING_SPACING_MARK,
          Character.FORMAT ->
          MARK;
      default -> SYMBOL;
    };
  }

  private static boolean isWithoutBlanks(int point) {
    for (int[] block : WITHOUT_BLANKS) {
      if (point >= block[0] && point <= block[1]) {
        return true;
      }
    }
    return false;
  }
}
