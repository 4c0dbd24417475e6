package io.chorale.data;

import io.chorale.config.SettingsException;
import java.io.Serializable;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.Period;
import java.time.ZoneOffset;
import java.time.format.DateTimeParseException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The time between two steps of a series: some milliseconds, or some months of the calendar.
 *
 * <p>Times are milliseconds since 1970. One that was written without a zone counts as it is told on
 * the wall, as if in UTC, so that each day has 24 hours.
 *
 * @param months 0 where the step is one of milliseconds
 * @param millis 0 where it is one of months
 * @param day of the month that all steps of months are on, or on the last where a month has no such
 *     day: 31 where all are on the last; 0 where there is none
 */
public record TimeStep(long months, long millis, int day) implements Serializable {
  private static final Pattern TEXT = Pattern.compile("([^,]+)(?:, day ([0-9]{1,2}))?");
  private static final long DAY = 86_400_000;
  private static final long WEEK_DAYS = 7;
  private static final long YEAR_WEEKS = 52;
  private static final long YEAR_MONTHS = 12;
  private static final int MONTH_DAYS = 31;

  public TimeStep {
    if ((months < 1) == (millis < 1) || months < 0 || millis < 0) {
      throw new IllegalArgumentException(
          "a step must be some milliseconds or some months (got: %d and %d)"
              .formatted(millis, months));
    }
    if (day < 0 || day > MONTH_DAYS || (day > 0 && months == 0)) {
      throw new IllegalArgumentException(
          "a step of months is on a day from 1 to 31 (got: %d)".formatted(day));
    }
  }

  /** A step whose day is not known. */
  public TimeStep(long months, long millis) {
    this(months, millis, 0);
  }

  /**
   * The step that was written.
   *
   * @param text in ISO 8601, and where it is known the day: {@code PT1H}, {@code P1M, day 31}
   */
  public static TimeStep parse(String text) {
    Matcher parts = TEXT.matcher(text);
    if (!parts.matches()) {
      throw new SettingsException("\"%s\" is no time between two steps".formatted(text));
    }
    String length = parts.group(1);
    int day = parts.group(2) == null ? 0 : Integer.parseInt(parts.group(2));
    try {
      return length.startsWith("PT")
          ? new TimeStep(0, Duration.parse(length).toMillis(), day)
          : of(Period.parse(length), day);
    } catch (DateTimeParseException e) {
      throw new SettingsException("\"%s\" is no time between two steps".formatted(text), e);
    }
  }

  private static TimeStep of(Period period, int day) {
    return new TimeStep(period.toTotalMonths(), DAY * period.getDays(), day);
  }

  /**
   * The days of the month on which steps may be of which one is at that time, as bits: its own and,
   * where that is its month's last, those that the month lacks. What all steps of series have in
   * common is for {@link #on}.
   */
  public static int days(long time) {
    LocalDateTime local = local(time);
    return last(local) ? -1 << local.getDayOfMonth() : 1 << local.getDayOfMonth();
  }

  /**
   * The same step, of months on a day; of several days on the last one.
   *
   * @param days bits as {@link #days} gives them; where there are none, it stays as it is
   */
  public TimeStep on(int days) {
    return months == 0 || days == 0
        ? this
        : new TimeStep(months, 0, MONTH_DAYS - Integer.numberOfLeadingZeros(days));
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

  /** As {@link #parse} reads it. */
  @Override
  public String toString() {
    if (months > 0) {
      return Period.ofMonths((int) months) + (day > 0 ? ", day " + day : "");
    }
    return millis % DAY == 0
        ? "P%dD".formatted(millis / DAY)
        : Duration.ofMillis(millis).toString();
  }

  /**
   * The time some steps later. Of months it is on the same day, or on the last where the month has
   * no such day; from a last day it goes back to the {@link #day} of the steps.
   */
  public long after(long time, long steps) {
    if (months == 0) {
      return time + steps * millis;
    }
    LocalDateTime from = local(time);
    LocalDateTime to = from.plusMonths(steps * months);
    boolean shortened = last(from) && from.getDayOfMonth() < day;
    return millis(
        shortened ? to.withDayOfMonth(Math.min(day, to.toLocalDate().lengthOfMonth())) : to);
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
                || new TimeStep(months, 0, MONTH_DAYS).after(from, 1) == to);
    return same ? months : 0;
  }

  private static boolean last(LocalDateTime time) {
    return time.getDayOfMonth() == time.toLocalDate().lengthOfMonth();
  }

  /** Whether one time is a step after another. */
  public boolean leads(long from, long to) {
    return day > 0 || months == 0 ? after(from, 1) == to : months(from, to) == months;
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
