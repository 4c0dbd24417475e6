package io.chorale.report;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Bars of parts on top of each other, with the table of what is drawn.
 *
 * @param along what the bars stand for
 * @param up what their height is, with its unit
 * @param parts their names, from the bottom
 * @param bars in their order
 */
record BarChart(String title, String along, String up, List<String> parts, List<Bar> bars) {
  private static final double WIDTH = 480;
  private static final double HEIGHT = 270;
  private static final double TOP = 16;
  private static final double BOTTOM = 46;
  private static final double CHARACTER = 8;
  private static final double WIDEST = 9.6; // of a digit, where a small page has larger ones

  /**
   * A bar.
   *
   * @param values of its parts, none below 0
   */
  record Bar(String name, List<Double> values) {
    private double total() {
      return values.stream().mapToDouble(v -> v).sum();
    }
  }

  void draw(Html html) {
    if (bars.isEmpty()) {
      return;
    }
    List<Double> range = new ArrayList<>(bars.stream().map(Bar::total).toList());
    range.add(0.0);
    Scale vertical = Scale.of(range, false, HEIGHT - BOTTOM, TOP, 5);
    double left =
        16
            + CHARACTER
                * vertical.ticks().stream().mapToInt(t -> t.label().length()).max().orElse(1);
    double right = WIDTH - 16;
    double pitch = (right - left) / bars.size();
    html.open("figure", "class", "chart");
    html.open("figcaption").element("h3", title).element("p", up, "class", "unit").close();
    html.open(
        "svg",
        "viewBox",
        "0 0 480 270",
        "role",
        "img",
        "tabindex",
        "0",
        "class",
        "lines",
        "aria-label",
        "%s, %s, along %s: %d bars of %s. Left and right arrow keys read the values."
            .formatted(title, up, along, bars.size(), String.join(", ", parts)));
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
    double label = 14 + WIDEST * bars.stream().mapToInt(bar -> bar.name().length()).max().orElse(1);
    int every = (int) Math.ceil(label / pitch);
    for (int i = 0; i < bars.size(); i += every) {
      html.element(
          "text",
          bars.get(i).name(),
          "x",
          Figures.place(left + (i + 0.5) * pitch),
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
    double width = Math.min(40, Math.max(1, pitch * 0.8));
    List<Table.Line> lines = new ArrayList<>();
    for (int i = 0; i < bars.size(); i++) {
      double center = left + (i + 0.5) * pitch;
      double below = 0;
      for (int part = 0; part < parts.size(); part++) {
        double value = bars.get(i).values().get(part);
        double top = vertical.at(below + value);
        html.empty(
            "rect",
            "class",
            "f" + part % 6,
            "x",
            Figures.place(center - width / 2),
            "y",
            Figures.place(top),
            "width",
            Figures.place(width),
            "height",
            Figures.place(vertical.at(below) - top));
        below += value;
      }
      List<String> cells = new ArrayList<>(List.of(bars.get(i).name()));
      bars.get(i).values().forEach(value -> cells.add(Figures.of(value)));
      lines.add(new Table.Line(center, cells));
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
        "16",
        "y2",
        Figures.place(HEIGHT - BOTTOM));
    html.close();
    html.open("p", "class", "readout", "aria-live", "polite").close();
    html.open("ul", "class", "legend");
    IntStream.range(0, parts.size())
        .forEach(
            part -> {
              html.open("li")
                  .open("svg", "viewBox", "0 0 14 14", "class", "square", "aria-hidden", "true");
              html.empty("rect", "class", "f" + part % 6, "width", "14", "height", "14").close();
              html.text(parts.get(part)).close();
            });
    html.close();
    List<String> heads = new ArrayList<>(List.of(along));
    heads.addAll(parts);
    Table.folded(html, title, heads, lines);
    html.close();
  }
}
