package io.chorale.report;

import io.chorale.data.Column;
import io.chorale.data.Dataset;
import io.chorale.data.Facts;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.LongStream;

/** Draws how often the training split has each class, of its rows and of its steps. */
final class LabelsSection {
  private static final int MOST_CHARACTERS = 200;

  private final Dataset dataset;
  private final TrainSample sample;

  LabelsSection(Dataset dataset, TrainSample sample) {
    this.dataset = dataset;
    this.sample = sample;
  }

  void draw(Html html) {
    for (Column column : dataset.schema().columns()) {
      Facts facts = dataset.schema().facts(column.name());
      boolean classes =
          column.whole() && (column.kind() == Column.Kind.LABEL || !facts.labels().isEmpty());
      long[] counts =
          facts.counts().isEmpty()
              ? sample.column(column.name()).counts()
              : facts.counts().stream().mapToLong(count -> count).toArray();
      if (classes && LongStream.of(counts).sum() > 0) {
        String of = facts.counts().isEmpty() ? sample.told() : "the training split";
        draw(html, column, facts, counts, of);
      }
    }
  }

  private void draw(Html html, Column column, Facts facts, long[] counts, String of) {
    List<Integer> order =
        IntStream.range(0, counts.length)
            .boxed()
            .sorted((a, b) -> Long.compare(counts[b], counts[a]))
            .toList();
    List<ShareTable.Line> lines =
        order.stream()
            .map(label -> new ShareTable.Line(List.of(name(facts, label)), counts[label]))
            .toList();
    String title = "Labels of " + column.name();
    html.element("h3", title);
    ShareTable.Line rarest = lines.get(lines.size() - 1);
    html.element(
        "p",
        "Of %s. The rarest of %,d is %s: %,d."
            .formatted(of, lines.size(), rarest.cells().get(0), rarest.count()));
    ShareTable.draw(
        html,
        title,
        List.of("label", column.ragged() ? "steps" : "rows"),
        lines.subList(0, Math.min(ShareTable.MOST, lines.size())),
        LongStream.of(counts).sum());
  }

  private static String name(Facts facts, int label) {
    return facts.labels().isEmpty()
        ? Integer.toString(label)
        : Figures.shortened(facts.labels().get(label), MOST_CHARACTERS);
  }
}
