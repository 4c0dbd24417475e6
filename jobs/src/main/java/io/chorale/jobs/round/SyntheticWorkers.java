package io.chorale.jobs.round;

import io.chorale.average.Exchange;
import io.chorale.io.FloatSlices;
import io.chorale.io.FloatVector;
import io.chorale.jobs.spark.SharedVector;
import java.util.Iterator;
import org.apache.spark.api.java.function.Function2;

/**
 * Workers that do not train: what they return is arithmetic on the anchor, so that averaging can be
 * measured, and checked element by element, for any number of parameters.
 *
 * <p>Worker w moves element i by {@code -(w + 1) * move(i)} and weighs {@code w + 1} tokens.
 */
final class SyntheticWorkers
    implements Function2<Integer, Iterator<SlicePart>, Iterator<SlicePart>> {
  private static final long serialVersionUID = 1L;

  private final SharedVector anchor;
  private final Exchange exchange;

  SyntheticWorkers(SharedVector anchor, Exchange exchange) {
    this.anchor = anchor;
    this.exchange = exchange;
  }

  /** A multiple of 2^-10 between -1/16 and 1/16 that hardly any compression finds again. */
  static float move(int slice, int index) {
    int mixed = (slice * FloatVector.SLICE + index) * 0x9E3779B1;
    return ((mixed >>> 25) - 64) * 0x1p-10f;
  }

  @Override
  public Iterator<SlicePart> call(Integer worker, Iterator<SlicePart> none) {
    return new SliceStream(
        exchange,
        worker + 1.0,
        anchor,
        new Moved(anchor, worker + 1),
        exchange.keepsResidual() ? new FloatVector(anchor.length()) : null,
        (bytes, squareMoved) -> new WorkerReport.Sent(worker, bytes));
  }

  /** A worker's parameters, made when they are asked for. */
  private record Moved(FloatSlices anchor, int factor) implements FloatSlices {
    @Override
    public long length() {
      return anchor.length();
    }

    @Override
    public float[] slice(int index) {
      float[] values = anchor.slice(index).clone();
      for (int i = 0; i < values.length; i++) {
        values[i] -= factor * move(index, i);
      }
      return values;
    }
  }
}
