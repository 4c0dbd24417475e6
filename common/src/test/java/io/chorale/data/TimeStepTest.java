package io.chorale.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.time.Instant;
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
    "PT1H, 0, 3600000, 24",
    "PT15M, 0, 900000, 96",
    "PT7M, 0, 420000, 0",
    "PT0.5S, 0, 500, 172800",
    "P1D, 0, 86400000, 7",
    "P7D, 0, 604800000, 52",
    "P2D, 0, 172800000, 0",
    "P1M, 1, 0, 12",
    "P3M, 3, 0, 4",
    "P12M, 12, 0, 1",
  })
  void aStepIsWrittenAndHasASeason(String text, long months, long millis, int season) {
    TimeStep step = new TimeStep(months, millis);
    assertEquals(text, step.toString());
    assertEquals(step, TimeStep.parse(text));
    assertEquals(season, step.season());
  }

  @Test
  void aTimeIsSomeStepsLater() {
    assertEquals("2024-02-29T01:00:00Z", after(HOUR, "2024-02-28T23:00:00Z", 2));
    assertEquals("2024-03-15T06:00:00Z", after(MONTH, "2023-12-15T06:00:00Z", 3));
    // Where months end, the last day is followed by last days.
    assertEquals("2023-02-28T00:00:00Z", after(MONTH, "2023-01-31T00:00:00Z", 1));
    assertEquals("2023-03-31T00:00:00Z", after(MONTH, "2023-02-28T00:00:00Z", 1));
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
    for (String wrong : List.of("", "1h", "PT0S", "-PT1H", "P0D", "P1M1D")) {
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
