package io.chorale.jobs.predict;

import io.chorale.data.TimeStep;
import java.util.ArrayDeque;
import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.Queue;
import org.apache.spark.sql.Row;

/**
 * Walks through the sorted steps of series with a window of those last seen, and tells of steps
 * their windows, or why they have none: a step whose time an earlier record has, or one with a gap
 * in the steps right before it.
 */
final class SeriesWalk implements Iterator<Row> {
  private final Iterator<Row> steps;
  private final LookBack seen;
  private final TimeStep step;
  private final boolean everyStep;
  private final OutputParts parts;
  private final Queue<Row> ready = new ArrayDeque<>();
  private SeriesStep last;

  /**
   * @param steps of {@link SeriesStep#COLUMNS}, by series, time and place
   * @param length steps of a window
   * @param step the time between two steps that follow each other without a gap
   * @param everyStep whether each step of a series has a window, not the last alone
   * @param parts of the output: nothing is told of steps in those that are written
   */
  SeriesWalk(Iterator<Row> steps, int length, TimeStep step, boolean everyStep, OutputParts parts) {
    this.steps = steps;
    this.seen = new LookBack(length);
    this.step = step;
    this.everyStep = everyStep;
    this.parts = parts;
  }

  @Override
  public boolean hasNext() {
    while (ready.isEmpty() && steps.hasNext()) {
      goOn(SeriesStep.of(steps.next()));
    }
    if (ready.isEmpty() && last != null) {
      tell();
      last = null;
    }
    return !ready.isEmpty();
  }

  @Override
  public Row next() {
    if (!hasNext()) {
      throw new NoSuchElementException();
    }
    return ready.remove();
  }

  private void goOn(SeriesStep next) {
    boolean same = last != null && last.group().equals(next.group());
    if (same && last.time() == next.time()) {
      if (parts.lacks(next.place())) {
        ready.add(new StepWindow(next.place(), null, "duplicate-time").row(parts));
      }
      return;
    }
    if (last != null && (everyStep || !same)) {
      tell();
    }
    if (!same || !step.leads(last.time(), next.time())) {
      seen.clear();
    }
    seen.add(next.values());
    last = next;
  }

  /** Tells of the last step what has been seen up to it. */
  private void tell() {
    if (parts.lacks(last.place())) {
      ready.add(seen.window(last.place()).row(parts));
    }
  }

  /** The last steps of a series since a gap, as many as a window has. */
  private static final class LookBack {
    private final int length;
    private byte[] values = {};
    private long steps;

    LookBack(int length) {
      this.length = length;
    }

    void clear() {
      steps = 0;
    }

    void add(byte[] step) {
      if (values.length == 0) {
        values = new byte[Math.multiplyExact(length, step.length)];
      }
      System.arraycopy(step, 0, values, (int) (steps % length) * step.length, step.length);
      steps++;
    }

    StepWindow window(long place) {
      if (steps < length) {
        String reason =
            "short-series (%,d steps without a gap, expected at least %,d)"
                .formatted(steps, length);
        return new StepWindow(place, null, reason);
      }
      int first = (int) (steps % length) * (values.length / length);
      byte[] window = new byte[values.length];
      System.arraycopy(values, first, window, 0, values.length - first);
      System.arraycopy(values, 0, window, values.length - first, first);
      return new StepWindow(place, window, null);
    }
  }
}
