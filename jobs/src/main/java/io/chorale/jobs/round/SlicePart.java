package io.chorale.jobs.round;

import java.io.Serializable;

/**
 * What a worker sends to the averaging of one slice, and what becomes of it; or, in the partition
 * after the last slice, its report.
 */
final class SlicePart implements Serializable {
  private static final long serialVersionUID = 1L;

  final int slice;

  /** The worker's weight in the mean: tokens trained on. */
  final double weight;

  /** Elements of the slice. */
  final int length;

  /** The slice, encoded; empty beside a report. */
  final byte[] bytes;

  /** Null beside a slice. */
  final WorkerReport report;

  private SlicePart(int slice, double weight, int length, byte[] bytes, WorkerReport report) {
    this.slice = slice;
    this.weight = weight;
    this.length = length;
    this.bytes = bytes;
    this.report = report;
  }

  static SlicePart of(int slice, double weight, int length, byte[] bytes) {
    return new SlicePart(slice, weight, length, bytes, null);
  }

  static SlicePart of(WorkerReport report) {
    return new SlicePart(-1, 0, 0, new byte[0], report);
  }
}
