package io.chorale.jobs.tokenize;

import java.util.Iterator;
import java.util.NoSuchElementException;
import scala.Tuple2;

/** The steps of a partition, in order, each with its place in its series; duplicates have none. */
final class SeriesSteps implements Iterator<SeriesSteps.Step> {
  private final Iterator<Tuple2<StepKey, float[]>> sorted;
  private StepKey before;
  private long rank;

  SeriesSteps(Iterator<Tuple2<StepKey, float[]>> sorted) {
    this.sorted = sorted;
  }

  /**
   * A step.
   *
   * @param rank in its series, from 0; of a duplicate that of the step that it repeats
   * @param before the time of the step before in the series; its own where there is none
   */
  record Step(StepKey key, float[] values, long rank, boolean duplicate, long before) {
    /** Whether it is the first of its series. */
    boolean begins() {
      return rank == 0 && !duplicate;
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
    boolean duplicate = goesOn && before.time() == key.time();
    rank = duplicate ? rank : goesOn ? rank + 1 : 0;
    long time = goesOn ? before.time() : key.time();
    before = key;
    return new Step(key, next._2(), rank, duplicate, time);
  }
}
