package io.chorale.privacy;

/**
 * Finds numbers of payment cards (ISO/IEC 7812): 14 to 19 digits with the first ones of an issuer,
 * as long as its are, that pass the test of Luhn; in one piece, or in groups of at least three with
 * one blank or hyphen between them.
 */
final class CardFinder implements Finder {
  private static final int FEWEST = 14;
  private static final int MOST = 19;
  private static final int SMALLEST_GROUP = 3;
  private static final int PREFIX = 4;

  /** The first digits of issuers, filled up to four, and how many digits their numbers have. */
  private record Issuer(int first, int last, int fewest, int most) {}

  private static final Issuer[] ISSUERS = {
    new Issuer(4000, 4999, 16, 16), // Visa
    new Issuer(4000, 4999, 19, 19),
    new Issuer(5100, 5599, 16, 16), // Mastercard
    new Issuer(2221, 2720, 16, 16),
    new Issuer(3400, 3499, 15, 15), // American Express
    new Issuer(3700, 3799, 15, 15),
    new Issuer(6011, 6011, 16, 19), // Discover
    new Issuer(6440, 6599, 16, 19),
    new Issuer(3528, 3589, 16, 19), // JCB
    new Issuer(3000, 3059, 14, 19), // Diners Club
    new Issuer(3600, 3699, 14, 19),
    new Issuer(3800, 3999, 14, 19),
    new Issuer(6200, 6299, 16, 19), // UnionPay
  };

  @Override
  public int end(String text, int floor, int at) {
    if (!Finder.isDigit(text.charAt(at)) || goesOnBefore(text, floor, at)) {
      return NONE;
    }
    int prefix = 0;
    int digits = 0;
    int group = 0;
    int luhn = 0; // Every second digit is doubled, beginning with the one before the last,
    int shifted = 0; // or with the last.
    int end = NONE;
    for (int i = at; digits <= MOST; i++) {
      char c = Finder.charAt(text, floor, i);
      if (Finder.isDigit(c)) {
        int digit = c - '0';
        int twice = digit < 5 ? 2 * digit : 2 * digit - 9;
        int before = luhn;
        luhn = shifted + digit;
        shifted = before + twice;
        digits++;
        group++;
        prefix = digits <= PREFIX ? 10 * prefix + digit : prefix;
        continue;
      }
      if (group < SMALLEST_GROUP) {
        return end;
      }
      if (digits >= FEWEST
          && luhn % 10 == 0
          && isIssued(prefix, digits)
          && !goesOnAfter(text, floor, i)) {
        end = i;
      }
      if (!Finder.isBlank(c) && c != '-') {
        return end;
      }
      group = 0;
    }
    return end;
  }

  /** Whether digits are the end of a longer number, such as a decimal one. */
  private static boolean goesOnBefore(String text, int floor, int at) {
    char before = Finder.charAt(text, floor, at - 1);
    return Finder.isPartOfWord(before)
        || (before == '.' && Finder.isDigit(Finder.charAt(text, floor, at - 2)));
  }

  private static boolean goesOnAfter(String text, int floor, int end) {
    char after = Finder.charAt(text, floor, end);
    return Finder.isPartOfWord(after)
        || (after == '.' && Finder.isDigit(Finder.charAt(text, floor, end + 1)));
  }

  private static boolean isIssued(int prefix, int digits) {
    for (Issuer issuer : ISSUERS) {
      if (prefix >= issuer.first()
          && prefix <= issuer.last()
          && digits >= issuer.fewest()
          && digits <= issuer.most()) {
        return true;
      }
    }
    return false;
  }
}
