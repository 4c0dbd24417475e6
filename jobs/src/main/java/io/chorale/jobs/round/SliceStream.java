package io.chorale.jobs.round;

import io.chorale.average.Distance;
import io.chorale.average.Exchange;
import io.chorale.io.FloatSlices;
import io.chorale.io.FloatStore;
import java.util.Iterator;
import java.util.NoSuchElementException;

/**
 * A worker's slices, each encoded when it is asked for, so that one at a time is in memory, and
 * then its report.
 */
final class SliceStream implements Iterator<SlicePart> {
  /** Makes the report after the last slice. */
  @FunctionalInterface
  interface Reporter {
    /**
     * Makes it.
     *
     * @param bytes of all slices as they were sent
     * @param squareMoved square of the Euclidean distance of the parameters from the anchor
     */
    WorkerReport report(long bytes, double squareMoved);
  }

  private final Exchange exchange;
  private final double weight;
  private final FloatSlices anchor;
  private final FloatSlices parameters;
  private final FloatStore residual;
  private final Reporter reporter;
  private int next;
  private long bytes;
  private double squareMoved;

  /**
   * @param weight in the mean
   * @param residual changed slice by slice; null where the exchange keeps none
   */
  SliceStream(
      Exchange exchange,
      double weight,
      FloatSlices anchor,
      FloatSlices parameters,
      FloatStore residual,
      Reporter reporter) {
    this.exchange = exchange;
    this.weight = weight;
    this.anchor = anchor;
    this.parameters = parameters;
    this.residual = residual;
    this.reporter = reporter;
  }

  @Override
  public boolean hasNext() {
    return next <= anchor.sliceCount();
  }

  @Override
  public SlicePart next() {
    if (!hasNext()) {
      throw new NoSuchElementException();
    }
    int slice = next++;
    if (slice == anchor.sliceCount()) {
      return new SlicePart.Report(reporter.report(bytes, squareMoved));
    }
    byte[] encoded = encode(slice);
    bytes += encoded.length;
    return new SlicePart.Slice(slice, weight, encoded);
  }

  private byte[] encode(int slice) {
    float[] before = anchor.slice(slice);
    float[] after = parameters.slice(slice);
    squareMoved += Distance.square(before, after);
    if (residual == null) {
      return exchange.encode(before, after, null);
    }
    float[] lost = residual.slice(slice);
    byte[] encoded = exchange.encode(before, after, lost);
    residual.put(slice, lost);
    return encoded;
  }
}
