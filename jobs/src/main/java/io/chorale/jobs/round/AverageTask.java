package io.chorale.jobs.round;

import io.chorale.average.Codec;
import io.chorale.average.Exchange;
import io.chorale.config.AverageSettings.Format;
import io.chorale.jobs.spark.SharedVector;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import org.apache.spark.api.java.function.FlatMapFunction;
import scala.Tuple2;

/**
 * Averages some slices on an executor: the parts of all workers, slice by slice and in worker
 * order, become their average in float32; reports pass. Memory of its own: one part, what the
 * exchange gathers, and the averages. The shuffle that sorts the parts before holds those of all
 * workers for the partition, and spills them to disk where memory is short.
 */
final class AverageTask
    implements FlatMapFunction<Iterator<Tuple2<SliceKey, SlicePart>>, SlicePart> {
  private static final long serialVersionUID = 1L;

  private final Exchange exchange;
  private final SharedVector anchor;

  /**
   * @param exchange by which workers have sent their parts
   * @param anchor that they started from
   */
  AverageTask(Exchange exchange, SharedVector anchor) {
    this.exchange = exchange;
    this.anchor = anchor;
  }

  @Override
  public Iterator<SlicePart> call(Iterator<Tuple2<SliceKey, SlicePart>> parts) {
    List<SlicePart> results = new ArrayList<>();
    Average current = null;
    while (parts.hasNext()) {
      SlicePart part = parts.next()._2();
      if (!(part instanceof SlicePart.Slice sent)) {
        results.add(part);
        continue;
      }
      if (current == null || current.slice != sent.slice()) {
        add(results, current);
        current = new Average(sent.slice());
      }
      current.gathering.add(sent.bytes(), sent.weight());
      current.weight += sent.weight();
    }
    add(results, current);
    return results.iterator();
  }

  private static void add(List<SlicePart> results, Average average) {
    if (average != null) {
      byte[] encoded = Codec.of(Format.FLOAT32).encode(average.gathering.average());
      results.add(new SlicePart.Slice(average.slice, average.weight, encoded));
    }
  }

  /** A slice on its way. */
  private final class Average {
    private final int slice;
    private final Exchange.Gathering gathering;
    private double weight;

    Average(int slice) {
      this.slice = slice;
      this.gathering = exchange.gather(slice, anchor);
    }
  }
}
