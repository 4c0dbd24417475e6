package io.chorale.data;

import java.time.LocalDateTime;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;

/**
 * A calendar feature of a time, such as the hour of its day, as a number from -0.5 to 0.5 that a
 * model reads beside the values of a series.
 */
public enum Calendar {
  /** The minute, of steps below an hour. */
  MINUTE_OF_HOUR(time -> time.getMinute() / 59.0),
  /** The hour, of steps below a day. */
  HOUR_OF_DAY(time -> time.getHour() / 23.0),
  /** Monday to Sunday, of steps below a week. */
  DAY_OF_WEEK(time -> (time.getDayOfWeek().getValue() - 1) / 6.0),
  /** The day, of steps below a month. */
  DAY_OF_MONTH(time -> (time.getDayOfMonth() - 1) / 30.0),
  /** The day, of all steps below a year. */
  DAY_OF_YEAR(time -> (time.getDayOfYear() - 1) / 365.0);

  private static final long HOUR = 3_600_000;
  private static final long DAY = 24 * HOUR;
  private static final long YEAR_MONTHS = 12;

  private final ToDoubleFunction<LocalDateTime> share;

  Calendar(ToDoubleFunction<LocalDateTime> share) {
    this.share = share;
  }

  private boolean varies(TimeStep step) {
    boolean monthly = step.months() > 0;
    return switch (this) {
      case MINUTE_OF_HOUR -> !monthly && step.millis() % HOUR != 0;
      case HOUR_OF_DAY -> !monthly && step.millis() % DAY != 0;
      case DAY_OF_WEEK -> !monthly && step.millis() % (7 * DAY) != 0;
      case DAY_OF_MONTH -> !monthly;
      case DAY_OF_YEAR -> step.months() % YEAR_MONTHS != 0 || !monthly;
    };
  }

  /** As schemas have it: {@code hour-of-day}. */
  public String key() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /** Those that differ between the steps of a series. */
  public static List<Calendar> of(TimeStep step) {
    return Arrays.stream(values()).filter(feature -> feature.varies(step)).toList();
  }

  /** The numbers of a time, one for each feature. */
  public static float[] at(List<Calendar> features, long time) {
    LocalDateTime local = TimeStep.local(time);
    float[] numbers = new float[features.size()];
    for (int i = 0; i < numbers.length; i++) {
      numbers[i] = (float) (features.get(i).share.applyAsDouble(local) - 0.5);
    }
    return numbers;
  }
}
