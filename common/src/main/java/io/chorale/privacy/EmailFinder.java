package io.chorale.privacy;

/**
 * Finds e-mail addresses: a name of up to 64 characters, an at sign, and a domain of up to 253
 * whose last label is letters, or an internationalised one (RFC 5321, without quoted names and
 * domains in brackets).
 *
 * <p>A name is made of Latin letters, digits and {@code . _ % + - '}, and begins with a letter, a
 * digit or an underscore.
 */
final class EmailFinder implements Finder {
  private static final int LONGEST_NAME = 64;
  private static final int LONGEST_DOMAIN = 253;

  @Override
  public int end(String text, int floor, int at) {
    if (text.charAt(at) != '@' || start(text, floor, at) == at) {
      return NONE;
    }
    int last = Math.min(text.length(), at + 1 + LONGEST_DOMAIN);
    int found = NONE;
    int label = at + 1;
    boolean letters = true;
    for (int i = at + 1; i <= last; i++) {
      char c = Finder.charAt(text, floor, i);
      if (isLatin(c) || Finder.isDigit(c) || (c == '-' && i > label)) {
        letters &= isLatin(c);
        continue;
      }
      if (i == label || text.charAt(i - 1) == '-') {
        return found;
      }
      boolean top = i - label >= 2 && (letters || text.startsWith("xn--", label));
      if (label > at + 1 && top) {
        found = i;
      }
      if (c != '.') {
        return found;
      }
      label = i + 1;
      letters = true;
    }
    return found;
  }

  @Override
  public int start(String text, int floor, int at) {
    int least = Math.max(floor, at - LONGEST_NAME);
    int start = at;
    while (start > least && isPartOfName(text.charAt(start - 1))) {
      start--;
    }
    if (start > floor && isPartOfName(text.charAt(start - 1))) {
      return at;
    }
    while (start < at && !beginsName(text.charAt(start))) {
      start++;
    }
    return start;
  }

  private static boolean isPartOfName(char c) {
    return beginsName(c) || c == '.' || c == '%' || c == '+' || c == '-' || c == '\'';
  }

  private static boolean beginsName(char c) {
    return isLatin(c) || Finder.isDigit(c) || c == '_';
  }

  /** Letters of the blocks from Basic Latin to Latin Extended-B. */
  private static boolean isLatin(char c) {
    return Finder.isLetter(c) || (c >= 0xc0 && c < 0x250 && Character.isLetter(c));
  }
}
