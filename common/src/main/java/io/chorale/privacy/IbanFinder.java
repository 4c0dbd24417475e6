package io.chorale.privacy;

import java.util.HashMap;
import java.util.Map;

/**
 * Finds international bank account numbers (ISO 13616): the length of their country, modulo 97
 * equal to 1; in one piece, or in groups of four with blanks between them.
 */
final class IbanFinder implements Finder {
  /** Countries and lengths, from the registry that SWIFT keeps. */
  private static final String REGISTRY =
      """
      AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BI27 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DJ27 \
      DK18 DO28 EE20 EG29 ES24 FI18 FK18 FO18 FR27 GB22 GE22 GI23 GL18 GR27 GT28 HN28 HR21 HU28 \
      IE22 IL23 IQ23 IS26 IT27 JO30 KW30 KZ20 LB28 LC32 LI21 LT20 LU20 LV21 LY25 MC27 MD24 ME22 \
      MK19 MN20 MR27 MT31 MU30 NI28 NL18 NO15 OM23 PK24 PL28 PS29 PT25 QA29 RO24 RS22 RU33 SA24 \
      SC31 SD18 SE24 SI19 SK24 SM27 SO23 ST25 SV28 TL23 TN24 TR26 UA29 VA22 VG24 XK20 YE30\
      """;

  private static final int GROUP = 4;
  private static final Map<Integer, Integer> LENGTHS = new HashMap<>();

  static {
    for (String entry : REGISTRY.split(" ", -1)) {
      LENGTHS.put(country(entry.charAt(0), entry.charAt(1)), Integer.parseInt(entry.substring(2)));
    }
  }

  private static int country(char first, char second) {
    return first << 16 | second;
  }

  @Override
  public int end(String text, int floor, int at) {
    if (!Finder.isCapital(text.charAt(at))
        || Finder.isPartOfWord(Finder.charAt(text, floor, at - 1))) {
      return NONE;
    }
    Integer length = LENGTHS.get(country(text.charAt(at), Finder.charAt(text, floor, at + 1)));
    if (length == null) {
      return NONE;
    }
    boolean grouped = Finder.isBlank(Finder.charAt(text, floor, at + GROUP));
    int country = 0; // The first four characters count last.
    int sum = 0;
    int i = at;
    for (int read = 0; read < length; read++) {
      if (grouped
          && read > 0
          && read % GROUP == 0
          && !Finder.isBlank(Finder.charAt(text, floor, i++))) {
        return NONE;
      }
      char c = Finder.charAt(text, floor, i++);
      boolean digit = Finder.isDigit(c);
      boolean letter = Finder.isCapital(c) && read != 2 && read != 3;
      if (!digit && !letter) {
        return NONE;
      }
      if (read < GROUP) {
        country = add(country, c);
      } else {
        sum = add(sum, c);
      }
    }
    boolean ends = !Finder.isPartOfWord(Finder.charAt(text, floor, i));
    return ends && (sum * 1_000_000L + country) % 97 == 1 ? i : NONE;
  }

  /** A number, kept below a million by its remainder, with the digits of one more character. */
  private static int add(int sum, char c) {
    int value = Character.digit(c, 36);
    return value < 10 ? (sum * 10 + value) % 970_000 : (sum * 100 + value) % 970_000;
  }
}
