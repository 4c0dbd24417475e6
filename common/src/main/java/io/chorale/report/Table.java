package io.chorale.report;

import java.util.List;

/** Writes a table, alone or folded away below the drawing whose numbers it holds. */
final class Table {
  private Table() {}

  /**
   * A row.
   *
   * @param place on the drawing's axis, for a reader who moves along it; not a number: none
   */
  record Line(double place, List<String> cells) {
    /** A row that has no place. */
    static Line of(String... cells) {
      return new Line(Double.NaN, List.of(cells));
    }
  }

  /** A table that opens; the first cell of each line names it. */
  static void folded(Html html, String title, List<String> heads, List<Line> lines) {
    html.open("details");
    html.element("summary", "Table: " + title);
    scrolled(html, title, heads, lines);
    html.close();
  }

  /** A table that stands open, and scrolls where it is larger than its place. */
  static void scrolled(Html html, String title, List<String> heads, List<Line> lines) {
    html.open("div", "class", "scroll", "tabindex", "0", "role", "region", "aria-label", title);
    plain(html, title, heads, lines);
    html.close();
  }

  private static void plain(Html html, String title, List<String> heads, List<Line> lines) {
    html.open("table");
    html.element("caption", title, "class", "unseen");
    html.open("thead").open("tr");
    heads.forEach(head -> html.element("th", head, "scope", "col"));
    html.close().close().open("tbody");
    for (Line line : lines) {
      if (Double.isFinite(line.place())) {
        html.open("tr", "data-x", Figures.place(line.place()));
      } else {
        html.open("tr");
      }
      html.element("th", line.cells().get(0), "scope", "row");
      line.cells().stream().skip(1).forEach(cell -> html.element("td", cell));
      html.close();
    }
    html.close().close();
  }
}
