package io.chorale.jobs;

import io.chorale.average.WeightedMean;
import io.chorale.io.FloatBytes;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import org.apache.spark.api.java.function.FlatMapFunction;
import scala.Tuple2;

/**
 * Averages one slice on an executor: the parts of all workers, in worker order, become their mean;
 * reports pass. Memory of its own: one part and the sum. The shuffle that sorts the parts before
 * holds those of all workers for a slice, and spills them to disk where memory is short.
 */
final class AverageTask
    implements FlatMapFunction<Iterator<Tuple2<SliceKey, SlicePart>>, SlicePart> {
  private static final long serialVersionUID = 1L;

  @Override
  public Iterator<SlicePart> call(Iterator<Tuple2<SliceKey, SlicePart>> parts) {
    List<SlicePart> results = new ArrayList<>();
    WeightedMean mean = null;
    double weight = 0;
    while (parts.hasNext()) {
      SlicePart part = parts.next()._2();
      if (part.report != null) {
        results.add(part);
        continue;
      }
      float[] parameters = FloatBytes.decode(part.parameters);
      if (mean == null) {
        mean = new WeightedMean(parameters.length);
      }
      mean.add(parameters, part.weight);
      weight += part.weight;
    }
    if (mean != null) {
      results.add(SlicePart.of(weight, FloatBytes.encode(mean.mean())));
    }
    return results.iterator();
  }
}
