package io.chorale.report;

import io.chorale.config.DatasetSplit;
import io.chorale.data.Column;
import io.chorale.data.DatasetManifest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToLongFunction;

/** Draws how much a dataset holds, all in all and split by split. */
final class SplitsSection {
  private final DatasetManifest manifest;
  private final TrainSample sample;
  private final List<Column> ragged;

  SplitsSection(DatasetManifest manifest, TrainSample sample) {
    this.manifest = manifest;
    this.sample = sample;
    this.ragged = manifest.columns().stream().filter(Column::ragged).toList();
  }

  void draw(Html html) {
    Map<String, String> tiles = new LinkedHashMap<>();
    tiles.put("rows", Figures.of(sum(DatasetManifest.Split::rows)));
    for (Column column : ragged) {
      tiles.put(steps(column), Figures.of(sum(split -> split.elements(column.name()))));
    }
    long bytes = sum(DatasetManifest.Split::bytes);
    if (hasText() && bytes > 0) {
      long tokens = sum(split -> split.elements(Column.TEXT));
      tiles.put("bytes per token", Figures.of(bytes / (double) tokens, 4));
    }
    tiles.put("shards", Figures.of(sum(split -> split.shards().size())));
    Tiles.draw(html, tiles);
    table(html, hasText() && bytes > 0);
    if (sample.rows() == 0 && !sample.whole()) {
      html.element(
          "p",
          "The training shards are too large to be read for a page: what is in their rows is not told.");
    }
  }

  private boolean hasText() {
    return ragged.stream().anyMatch(column -> column.name().equals(Column.TEXT));
  }

  private long sum(ToLongFunction<DatasetManifest.Split> number) {
    return Arrays.stream(DatasetSplit.values()).map(manifest::split).mapToLong(number).sum();
  }

  private void table(Html html, boolean withBytes) {
    List<String> heads = new ArrayList<>(List.of("split", "rows", "share of rows"));
    ragged.forEach(column -> heads.add(steps(column)));
    if (withBytes) {
      heads.addAll(List.of("bytes of text", "bytes per token"));
    }
    heads.add("shards");
    List<Table.Line> lines = new ArrayList<>();
    for (DatasetSplit split : DatasetSplit.values()) {
      DatasetManifest.Split facts = manifest.split(split);
      List<String> cells = new ArrayList<>(List.of(split.key(), Figures.of(facts.rows())));
      cells.add(Figures.percent(facts.rows() / (double) sum(DatasetManifest.Split::rows)));
      ragged.forEach(column -> cells.add(Figures.of(facts.elements(column.name()))));
      if (withBytes) {
        double perToken = facts.bytes() / (double) facts.elements(Column.TEXT);
        cells.addAll(List.of(Figures.of(facts.bytes()), Figures.of(perToken, 4)));
      }
      cells.add(Figures.of(facts.shards().size()));
      lines.add(new Table.Line(Double.NaN, cells));
    }
    Table.scrolled(html, "Splits", heads, lines);
  }

  /** {@code text, tokens}. */
  private static String steps(Column column) {
    return column.name() + ", " + unit(column);
  }

  /** What the cells of a column are sequences of. */
  static String unit(Column column) {
    return column.kind() == Column.Kind.IDS ? "tokens" : "steps";
  }
}
