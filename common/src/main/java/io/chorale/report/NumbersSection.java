package io.chorale.report;

import io.chorale.data.Column;
import io.chorale.data.Dataset;
import io.chorale.data.Facts;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * Draws where the real numbers of the training split lie, channel by channel, in their own unit.
 */
final class NumbersSection {
  /** They say of the same steps what the series does, and what the calendar says of any. */
  private static final Set<String> DERIVED = Set.of(Column.HISTORY, Column.CALENDAR);

  private final Dataset dataset;
  private final TrainSample sample;

  NumbersSection(Dataset dataset, TrainSample sample) {
    this.dataset = dataset;
    this.sample = sample;
  }

  void draw(Html html) {
    for (Column column : dataset.schema().columns()) {
      if (!column.whole() && !DERIVED.contains(column.name()) && sample.rows() > 0) {
        draw(html, column);
      }
    }
  }

  private void draw(Html html, Column column) {
    Facts facts = dataset.schema().facts(column.name());
    ColumnSample seen = sample.column(column.name());
    int channels = seen.lowest().length;
    int shown = Math.min(ShareTable.MOST, channels);
    String title = "Numbers of " + column.name();
    html.element("h3", title);
    html.element(
        "p",
        "Lowest and highest are those of %s%s."
            .formatted(
                sample.told(),
                shown < channels
                    ? "; of %,d channels the first %,d are shown".formatted(channels, shown)
                    : ""));
    List<Table.Line> lines =
        IntStream.range(0, shown)
            .mapToObj(
                channel ->
                    Table.Line.of(
                        facts.labels().isEmpty()
                            ? Integer.toString(channel + 1)
                            : facts.labels().get(channel),
                        scale(facts.mean(), channel),
                        scale(facts.deviation(), channel),
                        Figures.of(unscaled(facts, channel, seen.lowest()[channel]), 5),
                        Figures.of(unscaled(facts, channel, seen.highest()[channel]), 5)))
            .toList();
    Table.scrolled(
        html, title, List.of("channel", "mean", "deviation", "lowest", "highest"), lines);
  }

  private static String scale(List<Double> values, int channel) {
    return values.isEmpty() ? "–" : Figures.of(values.get(channel), 5);
  }

  private static double unscaled(Facts facts, int channel, double value) {
    return facts.mean().isEmpty()
        ? value
        : value * facts.deviation().get(channel) + facts.mean().get(channel);
  }
}
