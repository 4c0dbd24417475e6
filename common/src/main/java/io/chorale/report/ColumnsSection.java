package io.chorale.report;

import io.chorale.data.Column;
import io.chorale.data.Dataset;
import io.chorale.data.DatasetManifest;
import io.chorale.data.Facts;
import java.util.ArrayList;
import java.util.List;

/** Draws what the columns of a dataset are, and how their cells were made. */
final class ColumnsSection {
  private final Dataset dataset;

  ColumnsSection(Dataset dataset) {
    this.dataset = dataset;
  }

  void draw(Html html) {
    List<Table.Line> lines = new ArrayList<>();
    for (Column column : dataset.schema().columns()) {
      lines.add(
          Table.Line.of(
              column.name(),
              column.kind().key(),
              column.type().toString(),
              size(column),
              made(column, dataset.schema().facts(column.name()))));
    }
    Table.scrolled(html, "Columns", List.of("column", "kind", "stored as", "size", "made"), lines);
    fingerprint(html, DatasetManifest.FILE, dataset.fingerprint());
    dataset.schema().tokenizers().forEach((file, sha256) -> fingerprint(html, file, sha256));
  }

  private static void fingerprint(Html html, String file, String sha256) {
    html.element("p", "SHA-256 of %s: %s".formatted(file, sha256));
  }

  private static String size(Column column) {
    if (column.kind() == Column.Kind.LABEL && column.size() == 0) {
      return "a real number";
    }
    String unit =
        switch (column.kind()) {
          case IDS -> "entries";
          case SERIES -> "channels";
          case VECTOR -> "numbers";
          case LABEL -> "classes";
        };
    return Figures.of(column.size()) + " " + unit;
  }

  private String made(Column column, Facts facts) {
    List<String> made = new ArrayList<>();
    dataset.schema().tokenizer(column.name()).ifPresent(file -> made.add("by " + file));
    if (!facts.step().isEmpty()) {
      made.add("a step each " + facts.step());
    }
    if (facts.history() > 0) {
      made.add("up to %,d steps of history before a row".formatted(facts.history()));
    }
    if (!facts.mean().isEmpty()) {
      made.add("less the mean, by the deviation");
    }
    return made.isEmpty() ? "–" : String.join("; ", made);
  }
}
