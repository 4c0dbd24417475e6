package io.chorale.jobs.tokenize;

import io.chorale.config.DataSettings;
import io.chorale.config.SettingsException;
import io.chorale.config.Shown;
import io.chorale.corpus.Field;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Cuts series into splits: by shares of their steps, after numbers of them, or at times.
 *
 * @param validation the share that validates, where there are no borders
 * @param borders at most three: where validation begins, where test does, and where it ends
 */
record SeriesBorders(double validation, double test, List<Border> borders) implements Serializable {
  private static final int SPLITS = 3;

  /**
   * A border.
   *
   * @param steps before it; less than 0 where it is a time
   * @param time of the first step behind it, in milliseconds since 1970
   */
  record Border(long steps, long time) implements Serializable {
    /** Whether it is before another one; of a number and a time nobody knows. */
    boolean isBefore(Border other) {
      boolean alike = steps < 0 == other.steps < 0;
      return alike && (steps < 0 ? time < other.time : steps < other.steps);
    }
  }

  SeriesBorders {
    borders = List.copyOf(borders);
  }

  static SeriesBorders of(DataSettings settings) {
    List<Border> borders = new ArrayList<>();
    for (String text : settings.borders()) {
      borders.add(border(text));
    }
    for (int i = 1; i < borders.size(); i++) {
      if (borders.get(i).isBefore(borders.get(i - 1))) {
        throw new SettingsException(
            "data.borders must be in the order of time: where validation begins, where test does, and where it ends (got: %s)."
                .formatted(Shown.of(settings.borders())));
      }
    }
    return new SeriesBorders(settings.validation(), settings.test(), borders);
  }

  private static Border border(String text) {
    Optional<Field.Moment> time = Field.Moment.parse(text);
    // Eight digits that make a day are one here, too.
    boolean counted = time.isEmpty() || time.get().form() == Field.Moment.Form.COUNTED;
    if (counted && text.matches("[0-9]{1,15}")) {
      return new Border(Long.parseLong(text), 0);
    }
    return time.map(moment -> new Border(-1, moment.millis()))
        .orElseThrow(
            () ->
                new SettingsException(
                    "data.borders must be numbers of steps, or times (got: %s)".formatted(text)));
  }

  /** Counts the steps before the borders that are times, series by series. */
  final class Counter {
    private final long[] before = new long[borders.size()];
    private long all;

    /** Adds a step. */
    void add(long time) {
      all++;
      for (int i = 0; i < before.length; i++) {
        before[i] += time < borders.get(i).time() ? 1 : 0;
      }
    }

    /** The ranks at which validation and test begin and at which test ends. */
    long[] ranks() {
      long[] ranks = new long[SPLITS];
      if (before.length == 0) {
        long tested = (long) (test * all);
        return new long[] {all - tested - (long) (validation * all), all - tested, all};
      }
      for (int i = 0; i < SPLITS; i++) {
        long least = i == 0 ? 0 : ranks[i - 1];
        long wanted = i < before.length ? rank(i) : all;
        ranks[i] = Math.min(all, Math.max(least, wanted));
      }
      return ranks;
    }

    private long rank(int border) {
      long steps = borders.get(border).steps();
      return steps < 0 ? before[border] : steps;
    }
  }
}
