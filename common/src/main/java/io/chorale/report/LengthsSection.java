package io.chorale.report;

import io.chorale.config.DatasetSplit;
import io.chorale.data.Column;
import io.chorale.data.Dataset;
import io.chorale.data.ShardFacts;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/** Draws how long the rows of the training split are, column by column. */
final class LengthsSection {
  private final Dataset dataset;
  private final TrainSample sample;

  LengthsSection(Dataset dataset, TrainSample sample) {
    this.dataset = dataset;
    this.sample = sample;
  }

  void draw(Html html) {
    List<Column> columns = sample.sequences();
    if (columns.isEmpty()) {
      return;
    }
    html.element("p", "Of %s.".formatted(sample.told()));
    List<Table.Line> lines = new ArrayList<>();
    for (Column column : columns) {
      int[] sorted = sample.column(column.name()).lengths().clone();
      Arrays.sort(sorted);
      lines.add(
          Table.Line.of(
              column.name() + ", " + SplitsSection.unit(column),
              Figures.of(IntStream.of(sorted).average().orElseThrow(), 4),
              Figures.of(quantile(sorted, 0.5)),
              Figures.of(quantile(sorted, 0.99)),
              Figures.of(longest(column, sorted[sorted.length - 1]))));
    }
    Table.scrolled(
        html, "Lengths", List.of("column", "mean", "median", "99\u00a0%", "longest"), lines);
    html.open("div", "class", "charts");
    columns.forEach(column -> chart(column).draw(html));
    html.close();
  }

  /**
   * The smallest length that so large a share of the rows does not exceed.
   *
   * @param sorted from the shortest
   */
  private static int quantile(int[] sorted, double share) {
    return sorted[(int) Math.ceil(share * sorted.length) - 1];
  }

  /** The length of the longest row of the whole split, where it was counted. */
  private long longest(Column column, int seen) {
    return dataset.manifest().split(DatasetSplit.TRAIN).shards().stream()
        .mapToLong(shard -> longest(shard, column))
        .reduce(seen, Math::max);
  }

  private static long longest(ShardFacts shard, Column column) {
    return shard.longest(column.name());
  }

  private BarChart chart(Column column) {
    int[] lengths = sample.column(column.name()).lengths();
    long[] rows = new long[Integer.SIZE];
    for (int length : lengths) {
      rows[bar(length)]++;
    }
    int first = bar(IntStream.of(lengths).min().orElseThrow());
    int last = bar(IntStream.of(lengths).max().orElseThrow());
    return new BarChart(
        "Lengths of " + column.name(),
        "%s, from this number to below twice as many".formatted(SplitsSection.unit(column)),
        "rows of the " + (sample.whole() ? "training split" : "sample"),
        List.of("rows"),
        IntStream.rangeClosed(first, last)
            .mapToObj(
                bar -> new BarChart.Bar("%,d".formatted(1 << bar), List.of((double) rows[bar])))
            .toList());
  }

  /** The logarithm to base 2, rounded down. */
  private static int bar(int length) {
    return Integer.SIZE - 1 - Integer.numberOfLeadingZeros(length);
  }
}
