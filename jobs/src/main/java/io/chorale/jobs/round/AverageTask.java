package io.chorale.jobs.round;

import io.chorale.average.Codec;
import io.chorale.average.Exchange;
import io.chorale.average.WeightedMean;
import io.chorale.config.AverageSettings.Format;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import org.apache.spark.api.java.function.FlatMapFunction;
import scala.Tuple2;

/**
 * Averages some slices on an executor: the parts of all workers, slice by slice and in worker
 * order, become their mean in float32; reports pass. Memory of its own: one part, the sum, and the
 * means. The shuffle that sorts the parts before holds those of all workers for the partition, and
 * spills them to disk where memory is short.
 */
final class AverageTask
    implements FlatMapFunction<Iterator<Tuple2<SliceKey, SlicePart>>, SlicePart> {
  private static final long serialVersionUID = 1L;

  private final Format send;

  /**
   * @param send how workers have encoded their parts
   */
  AverageTask(Format send) {
    this.send = send;
  }

  @Override
  public Iterator<SlicePart> call(Iterator<Tuple2<SliceKey, SlicePart>> parts) {
    Exchange exchange = new Exchange(send);
    Codec exact = Codec.of(Format.FLOAT32);
    List<SlicePart> results = new ArrayList<>();
    SlicePart.Slice current = null;
    WeightedMean mean = null;
    while (parts.hasNext()) {
      SlicePart part = parts.next()._2();
      if (!(part instanceof SlicePart.Slice slice)) {
        results.add(part);
        continue;
      }
      if (current == null || current.slice() != slice.slice()) {
        add(results, current, mean, exact);
        current = slice;
        mean = new WeightedMean(slice.length());
      }
      mean.add(exchange.decode(slice.bytes(), slice.length()), slice.weight());
    }
    add(results, current, mean, exact);
    return results.iterator();
  }

  private static void add(
      List<SlicePart> results, SlicePart.Slice part, WeightedMean mean, Codec exact) {
    if (part != null) {
      byte[] encoded = exact.encode(mean.mean());
      results.add(new SlicePart.Slice(part.slice(), mean.weight(), part.length(), encoded));
    }
  }
}
