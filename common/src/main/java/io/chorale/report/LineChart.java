package io.chorale.report;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;

/**
 * Curves over one axis, each told apart by colour, dashes and its name at its end; with the table
 * of what is drawn.
 *
 * @param along what the horizontal axis tells
 * @param up what the vertical one tells, with its unit
 * @param log whether the vertical one is logarithmic
 * @param marks places of the horizontal axis, each with a triangle at the top
 * @param marked what the marks are, for the legend
 * @param range values that the vertical axis shows in any case
 */
record LineChart(
    String title,
    String along,
    String up,
    boolean log,
    List<Series> series,
    List<Double> marks,
    String marked,
    List<Double> range) {
  private static final double WIDTH = 480;
  private static final double HEIGHT = 270;
  private static final double TOP = 30;
  private static final double BOTTOM = 46;
  private static final double CHARACTER = 8;
  private static final double BOLD = 9.8;
  private static final double LINE = 17;
  private static final int LONGEST_NAME = 14;
  private static final int MOST_POINTS = 40;

  /**
   * A curve.
   *
   * @param style of its line, from 0
   * @param x ascending
   * @param y as many; what is no finite number is left out
   */
  record Series(String name, int style, List<Double> x, List<Double> y) {
    /** The points that can be drawn. */
    List<Integer> shown(Scale up) {
      return IntStream.range(0, x.size()).filter(i -> up.shows(y.get(i))).boxed().toList();
    }

    private boolean empty() {
      return y.stream().noneMatch(Double::isFinite);
    }
  }

  LineChart(String title, String along, String up, boolean log, List<Series> series) {
    this(title, along, up, log, series, List.of(), "", List.of());
  }

  LineChart {
    series = series.stream().filter(curve -> !curve.empty()).toList();
  }

  /** The same with marks. */
  LineChart marked(List<Double> places, String what) {
    return new LineChart(title, along, up, log, series, places, what, range);
  }

  /** Draws it; where there is nothing to draw, nothing. */
  void draw(Html html) {
    if (series.isEmpty()) {
      return;
    }
    List<Double> all = new ArrayList<>(range);
    series.forEach(curve -> all.addAll(curve.y()));
    Scale vertical = Scale.of(all, log, HEIGHT - BOTTOM, TOP, 5);
    double left =
        16
            + CHARACTER
                * vertical.ticks().stream().mapToInt(t -> t.label().length()).max().orElse(1);
    boolean named = series.size() > 1;
    double right =
        named ? 14 + BOLD * series.stream().mapToInt(s -> name(s).length()).max().orElse(0) : 26;
    List<Double> places = new ArrayList<>();
    series.forEach(curve -> places.addAll(curve.x()));
    Scale horizontal = Scale.of(places, false, left, WIDTH - right, 5);
    html.open("figure", "class", "chart");
    html.open("figcaption").element("h3", title);
    html.element("p", up + (log ? ", logarithmic" : ""), "class", "unit").close();
    html.open(
        "svg",
        "viewBox",
        "0 0 %s %s".formatted(Figures.place(WIDTH), Figures.place(HEIGHT)),
        "role",
        "img",
        "tabindex",
        "0",
        "class",
        "lines",
        "aria-label",
        told());
    grid(html, horizontal, vertical, left, WIDTH - right);
    for (double mark : marks) {
      String x = Figures.place(horizontal.at(mark));
      html.empty(
          "line",
          "class",
          "mark",
          "x1",
          x,
          "x2",
          x,
          "y1",
          "24",
          "y2",
          Figures.place(HEIGHT - BOTTOM));
      double at = horizontal.at(mark);
      html.empty("path", "class", "mark", "d", "M%s 12h10l-5 9z".formatted(Figures.place(at - 5)));
    }
    series.forEach(curve -> curve(html, curve, horizontal, vertical));
    if (named) {
      names(html, vertical, WIDTH - right);
    }
    html.empty(
        "line",
        "class",
        "cross",
        "x1",
        "0",
        "x2",
        "0",
        "y1",
        Figures.place(TOP),
        "y2",
        Figures.place(HEIGHT - BOTTOM));
    html.close();
    html.open("p", "class", "readout", "aria-live", "polite").close();
    legend(html);
    table(html, horizontal);
    html.close();
  }

  private void grid(Html html, Scale horizontal, Scale vertical, double left, double right) {
    html.open("g", "class", "grid", "aria-hidden", "true");
    for (Scale.Tick tick : vertical.ticks()) {
      String y = Figures.place(vertical.at(tick.value()));
      html.empty("line", "x1", Figures.place(left), "x2", Figures.place(right), "y1", y, "y2", y);
      html.element(
          "text",
          tick.label(),
          "x",
          Figures.place(left - 6),
          "y",
          Figures.place(vertical.at(tick.value()) + 4.5),
          "text-anchor",
          "end");
    }
    for (Scale.Tick tick : horizontal.ticks()) {
      double x = horizontal.at(tick.value());
      html.empty(
          "line",
          "x1",
          Figures.place(x),
          "x2",
          Figures.place(x),
          "y1",
          Figures.place(HEIGHT - BOTTOM),
          "y2",
          Figures.place(HEIGHT - BOTTOM + 5));
      html.element(
          "text",
          tick.label(),
          "x",
          Figures.place(x),
          "y",
          Figures.place(HEIGHT - BOTTOM + 20),
          "text-anchor",
          "middle");
    }
    html.element(
        "text",
        along,
        "class",
        "along",
        "x",
        Figures.place((left + right) / 2),
        "y",
        Figures.place(HEIGHT - 7),
        "text-anchor",
        "middle");
    html.close();
  }

  private static void curve(Html html, Series curve, Scale horizontal, Scale vertical) {
    List<Integer> shown = curve.shown(vertical);
    StringBuilder points = new StringBuilder();
    for (int i : shown) {
      points
          .append(Figures.place(horizontal.at(curve.x().get(i))))
          .append(',')
          .append(Figures.place(vertical.at(curve.y().get(i))))
          .append(' ');
    }
    html.open("g", "class", "s" + curve.style() % 6);
    html.empty("polyline", "points", points.toString().strip());
    if (shown.size() <= MOST_POINTS) {
      for (int i : shown) {
        html.empty(
            "circle",
            "cx",
            Figures.place(horizontal.at(curve.x().get(i))),
            "cy",
            Figures.place(vertical.at(curve.y().get(i))),
            "r",
            "3");
      }
    }
    html.close();
  }

  private static String name(Series curve) {
    String name = curve.name();
    return name.length() <= LONGEST_NAME ? name : name.substring(0, LONGEST_NAME - 1) + "…";
  }

  /** The names of the curves beside their ends, moved apart where they would overlap. */
  private void names(Html html, Scale vertical, double x) {
    Map<Series, Double> ends = new LinkedHashMap<>();
    for (Series curve : series) {
      List<Integer> shown = curve.shown(vertical);
      if (!shown.isEmpty()) {
        ends.put(curve, vertical.at(curve.y().get(shown.get(shown.size() - 1))));
      }
    }
    List<Series> order =
        ends.keySet().stream().sorted(Comparator.comparingDouble(ends::get)).toList();
    double[] y = order.stream().mapToDouble(ends::get).toArray();
    for (int i = 0; i < y.length; i++) {
      y[i] = Math.max(y[i], i == 0 ? TOP : y[i - 1] + LINE);
    }
    double most = HEIGHT - BOTTOM;
    for (int i = y.length - 1; i >= 0; i--) {
      y[i] = Math.min(y[i], most);
      most = y[i] - LINE;
    }
    for (int i = 0; i < y.length; i++) {
      html.element(
          "text",
          name(order.get(i)),
          "class",
          "name n" + order.get(i).style() % 6,
          "x",
          Figures.place(x + 8),
          "y",
          Figures.place(y[i] + 4.5));
    }
  }

  private void legend(Html html) {
    if (series.size() < 2 && marks.isEmpty()) {
      return;
    }
    html.open("ul", "class", "legend");
    if (series.size() > 1) {
      for (Series curve : series) {
        html.open("li");
        html.open("svg", "viewBox", "0 0 30 10", "class", "swatch", "aria-hidden", "true");
        html.open("g", "class", "s" + curve.style() % 6);
        html.empty("polyline", "points", "0,5 30,5").close().close();
        html.text(curve.name() + " ").element("b", Figures.of(last(curve), 4)).close();
      }
    }
    if (!marks.isEmpty()) {
      html.open("li").element("span", "▼ ", "class", "marksign", "aria-hidden", "true");
      html.text(marked).close();
    }
    html.close();
  }

  private static double last(Series curve) {
    double last = Double.NaN;
    for (double value : curve.y()) {
      last = Double.isFinite(value) ? value : last;
    }
    return last;
  }

  private String told() {
    List<String> parts = new ArrayList<>();
    for (Series curve : series) {
      double first = curve.y().stream().filter(Double::isFinite).findFirst().orElseThrow();
      parts.add(
          "%s from %s to %s"
              .formatted(curve.name(), Figures.of(first, 4), Figures.of(last(curve), 4)));
    }
    return "%s, %s, along %s: %s. Left and right arrow keys read the values."
        .formatted(title, up, along, String.join("; ", parts));
  }

  private void table(Html html, Scale horizontal) {
    Map<Double, String[]> rows = new TreeMap<>();
    for (int i = 0; i < series.size(); i++) {
      Series curve = series.get(i);
      for (int j = 0; j < curve.x().size(); j++) {
        if (Double.isFinite(curve.y().get(j))) {
          rows.computeIfAbsent(curve.x().get(j), x -> new String[series.size()])[i] =
              Figures.of(curve.y().get(j));
        }
      }
    }
    List<String> heads = new ArrayList<>(List.of(along));
    series.forEach(curve -> heads.add(curve.name()));
    List<Table.Line> lines = new ArrayList<>();
    rows.forEach(
        (x, values) -> {
          List<String> cells = new ArrayList<>(List.of(Figures.of(x)));
          for (String value : values) {
            cells.add(value == null ? "" : value);
          }
          lines.add(new Table.Line(horizontal.at(x), cells));
        });
    Table.folded(html, title, heads, lines);
  }
}
