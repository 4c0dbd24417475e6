package io.chorale.report;

import io.chorale.config.SettingsFile;
import io.chorale.data.Column;
import io.chorale.data.ContextShares;
import io.chorale.data.Dataset;
import java.util.ArrayList;
import java.util.List;
import java.util.function.ToDoubleFunction;

/** Draws what the context of a training costs in padding and truncation, for a few contexts. */
final class ContextsSection {
  private static final List<Integer> CONTEXTS = List.of(256, 1024, 4096);

  private final Dataset dataset;
  private final TrainSample sample;

  ContextsSection(Dataset dataset, TrainSample sample) {
    this.dataset = dataset;
    this.sample = sample;
  }

  void draw(Html html) {
    // A forecast reads windows that are all of one length.
    if (!dataset.schema().facts(Column.SERIES).step().isEmpty()) {
      return;
    }
    for (Column column : sample.sequences()) {
      draw(html, column);
    }
  }

  private void draw(Html html, Column column) {
    String name = column.name();
    int batch = SettingsFile.defaults().train().batch();
    int[] lengths = sample.column(name).lengths();
    List<ContextShares> shares =
        CONTEXTS.stream().map(context -> ContextShares.of(lengths, context, batch)).toList();
    List<Table.Line> lines = new ArrayList<>();
    if (name.equals(Column.TEXT)) {
      lines.add(
          line(
              "one stream of blocks: rows that a border between blocks cuts",
              shares,
              ContextShares::bordered));
    }
    lines.add(line("row by row: rows that are longer", shares, ContextShares::longer));
    lines.add(
        line(
            "row by row: %s beyond it, which are cut off".formatted(SplitsSection.unit(column)),
            shares,
            ContextShares::beyond));
    lines.add(
        line(
            "row by row: padding in batches of %d rows of like length".formatted(batch),
            shares,
            ContextShares::padding));
    if (name.equals(Column.TEXT)) {
      lines.add(line("packed by best fit: rows cut into pieces", shares, ContextShares::longer));
      lines.add(
          line("packed by best fit: how full the packed rows are", shares, ContextShares::filled));
    }
    String title = "Contexts for " + name;
    html.element("h3", title);
    html.element("p", "Of %s, in shares.".formatted(sample.told()));
    List<String> heads = new ArrayList<>(List.of("read as"));
    CONTEXTS.forEach(context -> heads.add("context %,d".formatted(context)));
    Table.scrolled(html, title, heads, lines);
  }

  private static Table.Line line(
      String name, List<ContextShares> shares, ToDoubleFunction<ContextShares> share) {
    List<String> cells = new ArrayList<>(List.of(name));
    shares.forEach(some -> cells.add(Figures.percent(share.applyAsDouble(some))));
    return new Table.Line(Double.NaN, cells);
  }
}
