package io.chorale.privacy;

/**
 * Finds telephone numbers in international form: {@code +}, or {@code 00} where groups follow, and
 * 8 to 15 digits (E.164), between which a blank, a full stop, a hyphen, a slash or brackets may
 * stand.
 *
 * <p>National forms are not looked for: they cannot be told from other numbers.
 */
final class PhoneFinder implements Finder {
  private static final int FEWEST = 8;
  private static final int MOST = 15;

  /** As in {@code +49 (0) 30}. */
  private static final int MOST_BETWEEN = 2;

  @Override
  public int end(String text, int floor, int at) {
    boolean plus = text.charAt(at) == '+';
    char before = Finder.charAt(text, floor, at - 1);
    if (Finder.isPartOfWord(before) || before == '+') {
      return NONE;
    }
    if (!plus && (!text.startsWith("00", at) || before == '.')) {
      return NONE;
    }
    int i = at + (plus ? 1 : 2);
    if (!beginsCountry(Finder.charAt(text, floor, i), Finder.charAt(text, floor, i + 1))) {
      return NONE;
    }
    int digits = 0;
    boolean groups = false;
    int end = NONE;
    while (true) {
      int group = i;
      while (i - group <= MOST && Finder.isDigit(Finder.charAt(text, floor, i))) {
        i++;
      }
      digits += i - group;
      if (digits > MOST || Finder.isPartOfWord(Finder.charAt(text, floor, i))) {
        return end;
      }
      if (digits >= FEWEST && (plus || groups)) {
        end = i;
      }
      int between = i;
      while (i - between <= MOST_BETWEEN && isBetween(Finder.charAt(text, floor, i))) {
        i++;
      }
      if (i == between
          || i - between > MOST_BETWEEN
          || !Finder.isDigit(Finder.charAt(text, floor, i))) {
        return end;
      }
      groups = true;
    }
  }

  /** No country has a code with a 0 in front; in North America no 0 or 1 follows its 1. */
  private static boolean beginsCountry(char first, char second) {
    return Finder.isDigit(first)
        && first != '0'
        && !(first == '1' && (second == '0' || second == '1'));
  }

  private static boolean isBetween(char c) {
    return Finder.isBlank(c) || c == '.' || c == '-' || c == '/' || c == '(' || c == ')';
  }
}
