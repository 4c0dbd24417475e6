package io.chorale.report;

import java.util.List;

/**
 * Draws a table of how often some things occur, each with its share as a number and with a bar,
 * which is full for the most frequent one.
 */
final class ShareTable {
  /** Rows of a table on a page: who needs all has the dataset. */
  static final int MOST = 50;

  private ShareTable() {}

  /**
   * Something that occurs.
   *
   * @param cells what it is called, first
   */
  record Line(List<String> cells, long count) {}

  /**
   * Draws it.
   *
   * @param heads of the cells and of the count
   * @param all of which shares are
   */
  static void draw(Html html, String title, List<String> heads, List<Line> lines, long all) {
    html.open("div", "class", "scroll", "tabindex", "0", "role", "region", "aria-label", title);
    html.open("table");
    html.element("caption", title, "class", "unseen");
    html.open("thead").open("tr");
    heads.forEach(head -> html.element("th", head, "scope", "col"));
    html.element("th", "share", "scope", "col");
    html.close().close().open("tbody");
    long most = lines.stream().mapToLong(Line::count).max().orElse(0);
    for (Line line : lines) {
      html.open("tr").element("th", line.cells().get(0), "scope", "row");
      line.cells().stream().skip(1).forEach(cell -> html.element("td", cell));
      html.element("td", Figures.of(line.count()), "class", "number");
      html.open("td", "class", "number").text(Figures.percent(line.count() / (double) all));
      bar(html, line.count() / (double) most);
      html.close().close();
    }
    html.close().close().close();
  }

  private static void bar(Html html, double length) {
    html.open("svg", "viewBox", "0 0 100 5", "preserveAspectRatio", "none", "aria-hidden", "true");
    html.empty("rect", "class", "f0", "width", Figures.place(100 * length), "height", "5");
    html.close();
  }
}
