package io.chorale.data;

import io.chorale.config.SettingsException;
import java.io.Serializable;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.Period;
import java.time.ZoneOffset;
import java.time.format.DateTimeParseException;

/**
 * The time between two steps of a series: some milliseconds, or some months of the calendar.
 *
 * <p>Times are milliseconds since 1970. One that was written without a zone counts as it is told on
 * the wall, as if in UTC, so that each day has 24 hours.
 *
 * @param months 0 where the step is one of milliseconds
 * @param millis 0 where it is one of months
 */
public record TimeStep(long months, long millis) implements Serializable {
  private static final long DAY = 86_400_000;
  private static final long WEEK_DAYS = 7;
  private static final long YEAR_WEEKS = 52;
  private static final long YEAR_MONTHS = 12;

  public TimeStep {
    if ((months < 1) == (millis < 1) || months < 0 || millis < 0) {
      throw new IllegalArgumentException(
          "a step must be some milliseconds or some months (got: %d and %d)"
              .formatted(millis, months));
    }
  }

  /**
   * The step that was written.
   *
   * @param text in ISO 8601: {@code PT1H}, {@code P1M}
   */
  public static TimeStep parse(String text) {
    try {
      return text.startsWith("PT")
          ? new TimeStep(0, Duration.parse(text).toMillis())
          : of(Period.parse(text));
    } catch (DateTimeParseException e) {
      throw new SettingsException("\"%s\" is no time between two steps".formatted(text), e);
    }
  }

  private static TimeStep of(Period period) {
    return new TimeStep(period.toTotalMonths(), DAY * period.getDays());
  }

  /** A time as a cell of a row. */
  public static Ids cell(long time) {
    return Ids.of((int) (time >>> Integer.SIZE), (int) time);
  }

  /** The time of a {@link #cell}. */
  public static long time(Values cell) {
    int[] halves = ((Ids) cell).values();
    return ((long) halves[0] << Integer.SIZE) | (halves[1] & 0xffff_ffffL);
  }

  /** In ISO 8601. */
  @Override
  public String toString() {
    if (months > 0) {
      return Period.ofMonths((int) months).toString();
    }
    return millis % DAY == 0
        ? "P%dD".formatted(millis / DAY)
        : Duration.ofMillis(millis).toString();
  }

  /** The time some steps later; the last day of a month is followed by last days. */
  public long after(long time, long steps) {
    if (months == 0) {
      return time + steps * millis;
    }
    LocalDateTime from = local(time);
    LocalDateTime to = from.plusMonths(steps * months);
    LocalDate date = to.toLocalDate();
    boolean last = from.getDayOfMonth() == from.toLocalDate().lengthOfMonth();
    return millis(
        (last ? date.withDayOfMonth(date.lengthOfMonth()) : date).atTime(to.toLocalTime()));
  }

  /**
   * Whole months from one time to a later one on the same day of its month, or on the last where
   * that has no such day or both are last; 0 where it is on another.
   */
  public static long months(long from, long to) {
    LocalDateTime start = local(from);
    LocalDateTime end = local(to);
    long months =
        YEAR_MONTHS * (end.getYear() - start.getYear())
            + end.getMonthValue()
            - start.getMonthValue();
    boolean same =
        months > 0
            && (start.plusMonths(months).equals(end)
                || new TimeStep(months, 0).after(from, 1) == to);
    return same ? months : 0;
  }

  /** Whether one time is a step after another. */
  public boolean leads(long from, long to) {
    return months > 0 ? months(from, to) == months : to - from == millis;
  }

  /**
   * Steps after which one expects a series to repeat: a day of steps that are shorter, a week of
   * days, a year of weeks or months; 0 where there is no such number.
   */
  public int season() {
    if (months > 0) {
      return (int) (YEAR_MONTHS % months == 0 ? YEAR_MONTHS / months : 0);
    }
    if (millis < DAY) {
      return (int) (DAY % millis == 0 ? DAY / millis : 0);
    }
    return (int) (millis == DAY ? WEEK_DAYS : millis == WEEK_DAYS * DAY ? YEAR_WEEKS : 0);
  }

  /** A time as date and hour of the wall. */
  static LocalDateTime local(long time) {
    return LocalDateTime.ofInstant(Instant.ofEpochMilli(time), ZoneOffset.UTC);
  }

  private static long millis(LocalDateTime time) {
    return time.toInstant(ZoneOffset.UTC).toEpochMilli();
  }
}
