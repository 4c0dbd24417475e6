package io.chorale.jobs.tokenize;

import io.chorale.config.DatasetSplit;
import java.io.Serializable;
import java.util.Iterator;

/**
 * What the series of a partition come to.
 *
 * @param sizes by split; see {@link SeriesShape.Stretch#counted}
 * @param steps that rows have as their own
 */
record SeriesCensus(long series, long[] sizes, long steps, long unused) implements Serializable {
  static SeriesCensus of(Iterator<SeriesShape> shapes, int history) {
    long series = 0;
    long unused = 0;
    long steps = 0;
    long[] sizes = new long[DatasetSplit.values().length];
    while (shapes.hasNext()) {
      SeriesShape shape = shapes.next();
      series++;
      unused += shape.unused();
      for (SeriesShape.Stretch stretch : shape.stretches(history)) {
        sizes[stretch.split().ordinal()] += stretch.counted(history);
        steps += stretch.to() - stretch.first();
      }
    }
    return new SeriesCensus(series, sizes, steps, unused);
  }
}
