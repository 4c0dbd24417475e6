package io.chorale.jobs;

import java.io.Serializable;

/**
 * What a worker sends to the averaging of one slice: its parameters there, or, in the partition
 * after the last slice, its report.
 */
final class SlicePart implements Serializable {
  private static final long serialVersionUID = 1L;

  /** The worker's weight in the mean: tokens trained on. */
  final double weight;

  /** float32, little-endian, [slice]; empty beside a report. */
  final byte[] parameters;

  /** Null beside parameters. */
  final WorkerReport report;

  private SlicePart(double weight, byte[] parameters, WorkerReport report) {
    this.weight = weight;
    this.parameters = parameters;
    this.report = report;
  }

  static SlicePart of(double weight, byte[] parameters) {
    return new SlicePart(weight, parameters, null);
  }

  static SlicePart of(WorkerReport report) {
    return new SlicePart(0, new byte[0], report);
  }
}
