package io.chorale.jobs.round;

import java.io.Serializable;

/** A part of what a worker leaves after its round. */
sealed interface SlicePart extends Serializable {
  /**
   * What a worker sends to the averaging of one slice, and what becomes of it.
   *
   * @param weight in the average: tokens trained on, of the worker or of all
   * @param bytes as the exchange has encoded them; of an average float32
   */
  record Slice(int slice, double weight, byte[] bytes) implements SlicePart {}

  /** What a worker says, in the partition after the last slice. */
  record Report(WorkerReport report) implements SlicePart {}
}
