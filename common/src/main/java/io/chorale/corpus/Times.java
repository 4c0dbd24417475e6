package io.chorale.corpus;

import io.chorale.corpus.Field.Moment;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.DateTimeException;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Times as files write them. */
final class Times {
  private static final Pattern ISO =
      Pattern.compile(
          "([0-9]{4})[-/]([0-9]{1,2})(?:[-/]([0-9]{1,2}))?"
              + "(?:[T ]([0-9]{1,2}):([0-9]{2})(?::([0-9]{2})(?:[.,]([0-9]{1,9}))?)?)?"
              + " ?(Z|UTC|[-+][0-9]{2}(?::?[0-9]{2})?)?");

  /** A year, a month and a day; as a count of seconds it would lie in 1970. */
  private static final Pattern DIGITS =
      Pattern.compile("((?:18|19|20|21)[0-9]{2})([01][0-9])([0-3][0-9])");

  private static final Pattern NUMBER =
      Pattern.compile("[-+]?[0-9]{1,20}(?:\\.[0-9]{1,20})?(?:[eE]\\+?[0-9]{1,2})?");

  /** From where on a number counts milli-, micro- and nanoseconds: seconds to the year 5138. */
  private static final double MILLIS = 1e11;

  private static final double MICROS = 1e14;
  private static final double NANOS = 1e17;

  /** Some 30,000 years. */
  private static final long MOST = 1_000_000_000_000_000L;

  private Times() {}

  /** The time that a text tells, to the millisecond; nothing where it is none. */
  static Optional<Moment> parse(String text) {
    String stripped = text.strip();
    try {
      Matcher digits = DIGITS.matcher(stripped);
      if (digits.matches()) {
        LocalDate date = LocalDate.of(number(digits, 1), number(digits, 2), number(digits, 3));
        return Optional.of(Moment.local(date.atStartOfDay()));
      }
      Matcher iso = ISO.matcher(stripped);
      if (iso.matches()) {
        return Optional.of(iso(iso));
      }
    } catch (DateTimeException e) {
      return Optional.empty();
    }
    return NUMBER.matcher(stripped).matches()
        ? counted(new BigDecimal(stripped))
        : Optional.empty();
  }

  private static Moment iso(Matcher iso) {
    LocalDateTime local =
        LocalDateTime.of(
            number(iso, 1),
            number(iso, 2),
            iso.group(3) == null ? 1 : number(iso, 3),
            number(iso, 4),
            number(iso, 5),
            number(iso, 6),
            iso.group(7) == null
                ? 0
                : Integer.parseInt((iso.group(7) + "00000000").substring(0, 9)));
    String zone = iso.group(8);
    if (zone == null) {
      return Moment.local(local);
    }
    ZoneOffset offset = zone.equals("UTC") ? ZoneOffset.UTC : ZoneOffset.of(zone);
    return new Moment(local.toInstant(offset).toEpochMilli(), Moment.Form.ZONED);
  }

  private static int number(Matcher matcher, int group) {
    return matcher.group(group) == null ? 0 : Integer.parseInt(matcher.group(group));
  }

  private static Optional<Moment> counted(BigDecimal count) {
    double size = Math.abs(count.doubleValue());
    int digits = size >= NANOS ? 6 : size >= MICROS ? 3 : size >= MILLIS ? 0 : -3;
    BigDecimal millis = count.movePointLeft(digits).setScale(0, RoundingMode.FLOOR);
    return millis.abs().compareTo(BigDecimal.valueOf(MOST)) > 0
        ? Optional.empty()
        : Optional.of(new Moment(millis.longValue(), Moment.Form.COUNTED));
  }
}
