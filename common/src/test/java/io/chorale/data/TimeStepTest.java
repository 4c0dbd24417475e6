package io.chorale.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TimeStepTest {
  private static final TimeStep HOUR = TimeStep.parse("PT1H");
  private static final TimeStep MONTH = TimeStep.parse("P1M");

  private static long time(String text) {
    return Instant.parse(text).toEpochMilli();
  }

  private static String after(TimeStep step, String from, long steps) {
    return Instant.ofEpochMilli(step.after(time(from), steps)).toString();
  }

  @ParameterizedTest
  @CsvSource({
    "PT1H, 0, 3600000, 0, 24",
    "PT15M, 0, 900000, 0, 96",
    "PT7M, 0, 420000, 0, 0",
    "PT0.5S, 0, 500, 0, 172800",
    "P1D, 0, 86400000, 0, 7",
    "P7D, 0, 604800000, 0, 52",
    "P2D, 0, 172800000, 0, 0",
    "P1M, 1, 0, 0, 12",
    "'P1M, day 28', 1, 0, 28, 12",
    "'P3M, day 31', 3, 0, 31, 4",
    "P12M, 12, 0, 0, 1",
  })
  void aStepIsWrittenAndHasASeason(String text, long months, long millis, int day, int season) {
    TimeStep step = new TimeStep(months, millis, day);
    assertEquals(text, step.toString());
    assertEquals(step, TimeStep.parse(text));
    assertEquals(season, step.season());
  }

  @Test
  void aTimeIsSomeStepsLater() {
    assertEquals("2024-02-29T01:00:00Z", after(HOUR, "2024-02-28T23:00:00Z", 2));
    assertEquals("2024-03-15T06:00:00Z", after(MONTH, "2023-12-15T06:00:00Z", 3));
    assertEquals("2023-02-28T00:00:00Z", after(MONTH, "2023-01-31T00:00:00Z", 1));
    assertEquals("2023-03-28T00:00:00Z", after(MONTH, "2023-02-28T00:00:00Z", 1));
  }

  /** February is too short for some; from its last day it goes on to the day that steps have. */
  @ParameterizedTest
  @CsvSource({
    "2023-01-28 2023-02-28 2023-03-28, 28, 2023-04-28, 2023-03-28",
    "2023-01-30 2023-02-28 2023-03-30, 30, 2023-04-30, 2023-03-30",
    "2024-01-29 2024-02-29, 29, 2024-03-29, 2023-03-29",
    "2023-01-31 2023-02-28 2023-03-31, 31, 2023-04-30, 2023-03-31",
    "2023-06-30 2023-09-30, 31, 2023-10-31, 2023-03-31",
    "2023-01-05 2023-02-05, 5, 2023-03-05, 2023-03-28",
    // Two series of different days have none in common.
    "2023-01-28 2023-01-31, 0, 2023-02-28, 2023-03-28",
  })
  void stepsOfMonthsKeepTheirDay(String times, int day, String next, String afterFebruary) {
    List<Long> found = Arrays.stream(times.split(" ")).map(at -> time(at + "T06:00:00Z")).toList();
    TimeStep step = MONTH.on(found.stream().map(TimeStep::days).reduce(-1, (a, b) -> a & b));
    assertEquals(day, step.day());
    assertEquals(time(next + "T06:00:00Z"), step.after(found.get(found.size() - 1), 1));
    assertEquals(afterFebruary + "T06:00:00Z", after(step, "2023-02-28T06:00:00Z", 1));
    for (int i = 1; i < found.size() && day > 0; i++) {
      long months = TimeStep.months(found.get(i - 1), found.get(i));
      assertTrue(
          new TimeStep(Math.max(1, months), 0, day).leads(found.get(i - 1), found.get(i)), times);
    }
    assertEquals(HOUR, HOUR.on(1 << 5));
  }

  @Test
  void aTimeOnAnotherDayKeepsIt() {
    assertEquals("2023-03-15T00:00:00Z", after(MONTH.on(1 << 28), "2023-02-15T00:00:00Z", 1));
    assertEquals("2023-03-31T00:00:00Z", after(MONTH.on(1 << 28), "2023-01-31T00:00:00Z", 2));
  }

  @Test
  void monthsAreCountedWhereTheDayIsTheSame() {
    assertEquals(1, TimeStep.months(time("2023-01-31T00:00:00Z"), time("2023-02-28T00:00:00Z")));
    assertEquals(1, TimeStep.months(time("2023-02-28T00:00:00Z"), time("2023-03-28T00:00:00Z")));
    assertEquals(1, TimeStep.months(time("2023-02-28T00:00:00Z"), time("2023-03-31T00:00:00Z")));
    assertEquals(14, TimeStep.months(time("2023-01-05T00:00:00Z"), time("2024-03-05T00:00:00Z")));
    assertEquals(0, TimeStep.months(time("2023-01-05T00:00:00Z"), time("2023-02-06T00:00:00Z")));
    assertEquals(0, TimeStep.months(time("2023-01-05T00:00:00Z"), time("2023-02-05T01:00:00Z")));
    assertEquals(0, TimeStep.months(time("2023-01-05T00:00:00Z"), time("2023-01-05T00:00:00Z")));
  }

  @Test
  void noStepIsRefused() {
    for (String wrong :
        List.of("", "1h", "PT0S", "-PT1H", "P0D", "P1M1D", "P1M, day 32", "P1D, day 3", "P1M,")) {
      assertThrows(RuntimeException.class, () -> TimeStep.parse(wrong), wrong);
    }
  }

  /** As GluonTS and the Informer's code have them. */
  @Test
  void theCalendarTellsWhereATimeIs() {
    List<Calendar> hourly = Calendar.of(HOUR);
    assertEquals(
        List.of("hour-of-day", "day-of-week", "day-of-month", "day-of-year"),
        hourly.stream().map(Calendar::key).toList());
    // A Sunday, the last day and hour of a leap year.
    assertArrayEquals(
        new float[] {0.5f, 0.5f, 0.5f, 0.5f},
        Calendar.at(hourly, time("2000-12-31T23:00:00Z")),
        1e-6f);
    assertArrayEquals(
        new float[] {-0.5f, -0.5f, -0.5f, -0.5f},
        Calendar.at(hourly, time("2001-01-01T00:00:00Z")),
        1e-6f);
    assertArrayEquals(
        new float[] {6 / 23f - 0.5f, 4 / 6f - 0.5f, 14 / 30f - 0.5f, 196 / 365f - 0.5f},
        Calendar.at(hourly, time("2016-07-15T06:00:00Z")),
        1e-6f);
    assertEquals(List.of(Calendar.DAY_OF_YEAR), Calendar.of(MONTH));
    assertEquals(List.of(), Calendar.of(TimeStep.parse("P12M")));
    assertEquals(5, Calendar.of(TimeStep.parse("PT10M")).size());
    assertEquals(
        List.of(Calendar.DAY_OF_WEEK, Calendar.DAY_OF_MONTH, Calendar.DAY_OF_YEAR),
        Calendar.of(TimeStep.parse("P1D")));
  }
}
