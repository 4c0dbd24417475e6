package io.chorale.token;

/**
 * GPT-2's splitting ({@link Splitting#GPT2_REGEX}) without a regular expression: the kind of a
 * character comes from a table, and each character is read about once.
 */
final class Gpt2Cutter implements Cutter {
  private static final byte SPACE = 0;
  private static final byte LETTER = 1;
  private static final byte NUMBER = 2;
  private static final byte OTHER = 3;

  /** Half of a surrogate pair: the code point decides. */
  private static final byte HALF = 4;

  private static final byte[] KINDS = new byte[Character.MIN_SUPPLEMENTARY_CODE_POINT];

  static {
    for (int c = 0; c < KINDS.length; c++) {
      KINDS[c] = Character.isSurrogate((char) c) ? HALF : WhiteSpace.is(c) ? SPACE : visible(c);
    }
  }

  /** The kind of a code point that is no white space, such as any beyond the basic plane. */
  private static byte visible(int point) {
    return switch (Character.getType(point)) {
      case Character.UPPERCASE_LETTER,
          Character.LOWERCASE_LETTER,
          Character.TITLECASE_LETTER,
          Character.MODIFIER_LETTER,
          Character.OTHER_LETTER ->
          LETTER;
      case Character.DECIMAL_DIGIT_NUMBER, Character.LETTER_NUMBER, Character.OTHER_NUMBER ->
          NUMBER;
      default -> OTHER;
    };
  }

  @Override
  public void cut(String text, Sink sink) {
    int length = text.length();
    for (int from = 0; from < length; ) {
      int to = end(text, from);
      sink.piece(from, to);
      from = to;
    }
  }

  /** Where the piece that begins at a place ends. */
  private static int end(String text, int from) {
    char first = text.charAt(from);
    int kind = kind(text, from);
    if (kind != SPACE) {
      int contraction = first == '\'' ? contraction(text, from + 1) : 0;
      return contraction > 0 ? from + 1 + contraction : endOfRun(text, from, kind);
    }
    int next = from + 1;
    if (next == text.length()) {
      return next;
    }
    int nextKind = kind(text, next);
    if (nextKind != SPACE) {
      return first == ' ' ? endOfRun(text, next, nextKind) : next;
    }
    // The last white space before something else is left to it.
    int end = endOfRun(text, next, SPACE);
    return end == text.length() ? end : end - 1;
  }

  /** Characters of a contraction behind its apostrophe; 0 where there is none. */
  private static int contraction(String text, int at) {
    if (at == text.length()) {
      return 0;
    }
    char next = text.charAt(at + 1 < text.length() ? at + 1 : at);
    return switch (text.charAt(at)) {
      case 's', 't', 'm', 'd' -> 1;
      case 'r', 'v' -> next == 'e' ? 2 : 0;
      case 'l' -> at + 1 < text.length() && next == 'l' ? 2 : 0;
      default -> 0;
    };
  }

  private static int endOfRun(String text, int from, int kind) {
    int length = text.length();
    int at = from;
    while (at < length) {
      int found = KINDS[text.charAt(at)];
      if (found == kind) {
        at++;
      } else if (found == HALF && visible(text.codePointAt(at)) == kind) {
        at += 2;
      } else {
        break;
      }
    }
    return at;
  }

  private static int kind(String text, int at) {
    int kind = KINDS[text.charAt(at)];
    return kind == HALF ? visible(text.codePointAt(at)) : kind;
  }
}
