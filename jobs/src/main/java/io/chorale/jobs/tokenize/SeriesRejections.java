package io.chorale.jobs.tokenize;

import io.chorale.corpus.CorpusEntry;
import io.chorale.corpus.Rejection;
import java.time.Instant;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Set;

/**
 * The steps that come into no row, each with the reason; those behind the last border aside, and
 * those that the dataset has.
 */
final class SeriesRejections implements Iterator<CorpusEntry> {
  private final Iterator<SeriesSteps.Step> steps;
  private final Iterator<SeriesShape> shapes;
  private final int history;
  private final boolean added;
  private final Set<Integer> changed;

  private SeriesShape shape;
  private List<SeriesShape.Stretch> stretches;
  private int stretch;
  private CorpusEntry next;

  /**
   * @param added whether there are series already that the steps go on
   * @param changed files that were read before, when they were others
   */
  SeriesRejections(
      Iterator<SeriesSteps.Step> steps,
      Iterator<SeriesShape> shapes,
      int history,
      boolean added,
      Set<Integer> changed) {
    this.steps = steps;
    this.shapes = shapes;
    this.history = history;
    this.added = added;
    this.changed = changed;
  }

  @Override
  public boolean hasNext() {
    while (next == null && steps.hasNext()) {
      next = rejected(steps.next());
    }
    return next != null;
  }

  @Override
  public CorpusEntry next() {
    if (!hasNext()) {
      throw new NoSuchElementException();
    }
    CorpusEntry found = next;
    next = null;
    return found;
  }

  /** Null where the step is in a row, or in no split. */
  private Rejection rejected(SeriesSteps.Step step) {
    if (step.begins()) {
      shape = shapes.next();
      stretches = shape.stretches(history);
      stretch = 0;
    }
    switch (step.use()) {
      case KNOWN:
        return null;
      case DUPLICATE:
        return rejection(step, Rejection.Reason.DUPLICATE_TIME, "");
      case LATE:
        return changed.contains(step.key().file())
            ? rejection(step, Rejection.Reason.KNOWN, "")
            : rejection(step, Rejection.Reason.LATE_TIME, "");
      default:
        break;
    }
    long rank = step.rank();
    while (stretch < stretches.size() && stretches.get(stretch).to() <= rank) {
      stretch++;
    }
    boolean kept = stretch < stretches.size() && stretches.get(stretch).from() <= rank;
    if (kept || rank >= shape.steps() - shape.unused()) {
      return null;
    }
    return rejection(
        step,
        added ? Rejection.Reason.HISTORY_ALONE : Rejection.Reason.SHORT_SERIES,
        "among %,d steps without a gap, expected more than %,d in its split and before"
            .formatted(shape.runOf(rank), history));
  }

  private static Rejection rejection(SeriesSteps.Step step, Rejection.Reason reason, String cause) {
    StepKey key = step.key();
    String shown = "%s %s".formatted(key.group(), Instant.ofEpochMilli(key.time())).strip();
    long bytes = Long.BYTES + (long) Float.BYTES * step.values().length;
    return Rejection.of(key.file(), key.offset(), bytes, reason, shown, cause);
  }
}
