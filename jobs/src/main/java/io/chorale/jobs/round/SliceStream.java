package io.chorale.jobs.round;

import io.chorale.average.Exchange;
import io.chorale.io.FloatSlices;
import io.chorale.io.FloatVector;
import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.function.LongFunction;

/**
 * A worker's slices, each encoded when it is asked for, so that one at a time is in memory, and
 * then its report.
 */
final class SliceStream implements Iterator<SlicePart> {
  private final Exchange exchange;
  private final double weight;
  private final FloatSlices anchor;
  private final FloatSlices parameters;
  private final FloatVector residual;
  private final LongFunction<WorkerReport> report;
  private int next;
  private long bytes;

  /**
   * @param weight in the mean
   * @param residual changed slice by slice; null where the exchange keeps none
   * @param report asked for after the last slice, with the bytes of all slices
   */
  SliceStream(
      Exchange exchange,
      double weight,
      FloatSlices anchor,
      FloatSlices parameters,
      FloatVector residual,
      LongFunction<WorkerReport> report) {
    this.exchange = exchange;
    this.weight = weight;
    this.anchor = anchor;
    this.parameters = parameters;
    this.residual = residual;
    this.report = report;
  }

  @Override
  public boolean hasNext() {
    return next <= parameters.sliceCount();
  }

  @Override
  public SlicePart next() {
    if (!hasNext()) {
      throw new NoSuchElementException();
    }
    int slice = next++;
    if (slice == parameters.sliceCount()) {
      return new SlicePart.Report(report.apply(bytes));
    }
    byte[] encoded = exchange.encode(slice, anchor, parameters, residual);
    bytes += encoded.length;
    return new SlicePart.Slice(slice, weight, encoded);
  }
}
