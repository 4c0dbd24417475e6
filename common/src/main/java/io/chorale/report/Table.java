package io.chorale.report;

import java.util.List;

/** The numbers behind a drawing, folded away below it. */
final class Table {
  private Table() {}

  /**
   * A row.
   *
   * @param place on the drawing's axis, for a reader who moves along it; not a number: none
   */
  record Line(double place, List<String> cells) {}

  /** A table that opens; the first cell of each line names it. */
  static void folded(Html html, String title, List<String> heads, List<Line> lines) {
    html.open("details");
    html.element("summary", "Table: " + title);
    html.open("div", "class", "scroll", "tabindex", "0", "role", "region", "aria-label", title);
    plain(html, title, heads, lines);
    html.close().close();
  }

  static void plain(Html html, String title, List<String> heads, List<Line> lines) {
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
