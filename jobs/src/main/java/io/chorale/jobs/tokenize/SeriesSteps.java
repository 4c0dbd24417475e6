package io.chorale.jobs.tokenize;

import java.util.Iterator;
import java.util.NoSuchElementException;
import scala.Tuple2;

/**
 * The steps of a partition, in order, each with its place in its series; what is set aside has
 * none.
 */
final class SeriesSteps implements Iterator<SeriesSteps.Step> {
  private final Iterator<Tuple2<StepKey, float[]>> sorted;
  private StepKey before;
  private long rank;

  /** The time of the last step that the dataset has of the series at hand. */
  private long known;

  SeriesSteps(Iterator<Tuple2<StepKey, float[]>> sorted) {
    this.sorted = sorted;
  }

  /** What becomes of a step. */
  enum Use {
    /** It may be in a row. */
    NEW,
    /** The dataset has it: the history of rows that are new. */
    KNOWN,
    /** Another one of the series has its time, and came first. */
    DUPLICATE,
    /** It is not after the last one that the dataset has of the series. */
    LATE
  }

  /**
   * A step.
   *
   * @param rank in its series, from 0; of what is set aside that of the step before
   * @param before the time of the step before in the series; its own where there is none
   */
  record Step(StepKey key, float[] values, long rank, Use use, long before) {
    /** Whether it is in no row, whatever is around it. */
    boolean aside() {
      return use == Use.DUPLICATE || use == Use.LATE;
    }

    /** Whether it is the first of its series. */
    boolean begins() {
      return rank == 0 && !aside();
    }
  }

  @Override
  public boolean hasNext() {
    return sorted.hasNext();
  }

  @Override
  public Step next() {
    if (!sorted.hasNext()) {
      throw new NoSuchElementException();
    }
    Tuple2<StepKey, float[]> next = sorted.next();
    StepKey key = next._1();
    boolean goesOn = before != null && before.group().equals(key.group());
    if (!goesOn) {
      known = Long.MIN_VALUE;
    }
    long time = goesOn ? before.time() : key.time();
    Use use = use(key, goesOn);
    if (use == Use.NEW || use == Use.KNOWN) {
      rank = goesOn ? rank + 1 : 0;
      before = key;
    }
    return new Step(key, next._2(), rank, use, time);
  }

  private Use use(StepKey key, boolean goesOn) {
    if (key.known()) {
      known = key.time();
      return Use.KNOWN;
    }
    if (key.time() <= known) {
      return Use.LATE;
    }
    return goesOn && before.time() == key.time() ? Use.DUPLICATE : Use.NEW;
  }
}
