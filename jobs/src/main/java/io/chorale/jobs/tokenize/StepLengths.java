package io.chorale.jobs.tokenize;

import io.chorale.config.SettingsException;
import io.chorale.data.TimeStep;
import java.io.Serializable;
import java.util.Iterator;
import java.util.Map;
import java.util.TreeMap;

/** How often which time lies between two steps. Parts merge in any order. */
final class StepLengths implements Serializable {
  private static final long serialVersionUID = 1L;

  /** Far beyond any regular series; in a larger table only what is frequent matters. */
  private static final int MOST = 1 << 16;

  private final TreeMap<Long, Long> millis = new TreeMap<>();
  private final TreeMap<Long, Long> months = new TreeMap<>();

  static StepLengths of(Iterator<SeriesSteps.Step> steps) {
    StepLengths lengths = new StepLengths();
    while (steps.hasNext()) {
      SeriesSteps.Step step = steps.next();
      if (!step.duplicate() && !step.begins()) {
        lengths.add(step.before(), step.key().time());
      }
    }
    return lengths;
  }

  private void add(long from, long to) {
    count(millis, to - from, 1);
    long whole = TimeStep.months(from, to);
    if (whole > 0) {
      count(months, whole, 1);
    }
  }

  private static void count(TreeMap<Long, Long> counts, long length, long times) {
    if (counts.size() < MOST || counts.containsKey(length)) {
      counts.merge(length, times, Long::sum);
    }
  }

  StepLengths merge(StepLengths other) {
    other.millis.forEach((length, times) -> count(millis, length, times));
    other.months.forEach((length, times) -> count(months, length, times));
    return this;
  }

  /**
   * The most frequent one: the shortest of equally frequent ones, and milliseconds rather than
   * months.
   */
  TimeStep mostFrequent() {
    Map.Entry<Long, Long> exact = most(millis);
    Map.Entry<Long, Long> whole = most(months);
    if (exact == null) {
      throw new SettingsException(
          "Cannot read the corpus: no series has two steps at different times, expected many. Check corpus.time-field and corpus.group-field.");
    }
    return whole != null && whole.getValue() > exact.getValue()
        ? new TimeStep(whole.getKey(), 0)
        : new TimeStep(0, exact.getKey());
  }

  private static Map.Entry<Long, Long> most(TreeMap<Long, Long> counts) {
    Map.Entry<Long, Long> most = null;
    for (Map.Entry<Long, Long> entry : counts.entrySet()) {
      most = most == null || entry.getValue() > most.getValue() ? entry : most;
    }
    return most;
  }
}
