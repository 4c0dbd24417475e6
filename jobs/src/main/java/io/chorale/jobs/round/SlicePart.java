package io.chorale.jobs.round;

import java.io.Serializable;

/** A value in the shuffle of a round: an encoded slice, or a worker's report. */
sealed interface SlicePart extends Serializable {
  /**
   * What a worker sends to the averaging of one slice, and what becomes of it.
   *
   * @param weight in the mean: tokens trained on
   * @param length elements of the slice
   * @param bytes the slice, encoded
   */
  record Slice(int slice, double weight, int length, byte[] bytes) implements SlicePart {}

  /** What a worker says, in the partition after the last slice. */
  record Report(WorkerReport report) implements SlicePart {}
}
