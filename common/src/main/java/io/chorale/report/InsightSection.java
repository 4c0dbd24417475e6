package io.chorale.report;

import io.chorale.evaluate.Insight;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/** Draws the inside of one or several models for one text or series. */
final class InsightSection {
  private static final double TINY = 1e-30;
  private static final double PERCENTILE = 0.995;

  private final List<Named> insights;
  private final int maps;
  private final int units;

  /**
   * What was seen in a run.
   *
   * @param name of the run
   */
  record Named(String name, Insight insight) {}

  /**
   * @param insights of the same text, one of each run
   * @param maps of attention in one insight, at most
   * @param units of a layer that are drawn, at most
   */
  InsightSection(List<Named> insights, int maps, int units) {
    this.insights = insights;
    this.maps = maps;
    this.units = units;
  }

  void draw(Html html) {
    html.open("blockquote", "tabindex", "0", "aria-label", "What was given");
    html.element("p", insights.get(0).insight().given(), "class", "given").close();
    for (Named named : insights) {
      predictions(html, named);
    }
    gradients(html);
    for (Named named : insights) {
      attention(html, named);
    }
    for (Named named : insights) {
      states(html, named);
    }
  }

  private String of(Named named) {
    return insights.size() == 1 ? "" : named.name() + ": ";
  }

  private String of(Named named, String title) {
    return insights.size() == 1
        ? title
        : named.name() + ": " + Character.toLowerCase(title.charAt(0)) + title.substring(1);
  }

  private void predictions(Html html, Named named) {
    if (named.insight().predictions().isEmpty()) {
      return;
    }
    html.open("p", "class", "predictions").text(of(named) + "predicts ");
    for (Insight.Prediction prediction : named.insight().predictions()) {
      html.open("span", "class", "chip").element("b", prediction.what());
      html.text(
          Double.isNaN(prediction.probability())
              ? ""
              : " " + Figures.percent(prediction.probability()));
      html.close().text(" ");
    }
    html.close();
  }

  private void gradients(Html html) {
    List<Named> with =
        insights.stream().filter(named -> !named.insight().gradients().isEmpty()).toList();
    if (with.isEmpty()) {
      return;
    }
    html.element("h3", "How far back the gradient reaches");
    html.open("p");
    html.text(
        "The Euclidean norm of the gradient of "
            + with.get(0).insight().loss()
            + ", with respect to what a layer hands on at each step. A straight line that falls to the"
            + " left is a gradient that vanishes by a factor a step: what stands there is not learned from.");
    html.close().open("div", "class", "charts");
    if (with.size() > 1) {
      List<LineChart.Series> first = new ArrayList<>();
      for (int i = 0; i < with.size(); i++) {
        double[] norms = with.get(i).insight().gradients().get(0).norms();
        double end = norms[norms.length - 1];
        double unit = end > 0 ? end : 1;
        first.add(series(with.get(i).name(), insights.indexOf(with.get(i)), norms, unit));
      }
      new LineChart(
              "First layer, all runs",
              "step",
              "gradient norm, that of the last step is 1",
              true,
              first)
          .draw(html);
    }
    List<Double> range = new ArrayList<>();
    with.forEach(
        named ->
            named
                .insight()
                .gradients()
                .forEach(
                    layer ->
                        IntStream.range(0, layer.norms().length)
                            .mapToDouble(t -> layer.norms()[t])
                            .filter(norm -> norm > TINY)
                            .forEach(range::add)));
    for (Named named : with) {
      List<LineChart.Series> layers = new ArrayList<>();
      List<Insight.Gradients> gradients = named.insight().gradients();
      for (int i = 0; i < gradients.size(); i++) {
        layers.add(series(gradients.get(i).layer(), i, gradients.get(i).norms(), 1));
      }
      LineChart chart =
          new LineChart(of(named, "Gradient norm by layer"), "step", "gradient norm", true, layers);
      new LineChart(
              chart.title(), chart.along(), chart.up(), true, chart.series(), List.of(), "", range)
          .draw(html);
    }
    html.close();
  }

  private static LineChart.Series series(String name, int style, double[] norms, double unit) {
    List<Double> x = new ArrayList<>();
    List<Double> y = new ArrayList<>();
    for (int t = 0; t < norms.length; t++) {
      if (norms[t] / unit > TINY) {
        x.add(t + 1.0);
        y.add(norms[t] / unit);
      }
    }
    return new LineChart.Series(name, style, x, y);
  }

  private void attention(Html html, Named named) {
    List<Insight.Attention> layers = named.insight().attention();
    if (layers.isEmpty()) {
      return;
    }
    html.element("h3", of(named, "Where attention looks"));
    html.element(
        "p",
        "A row is a step that looks, a column what it looks at; the weights of a row add up to one.");
    HeatMap.legend(html, HeatMap.Colours.AMOUNT, "0", "1");
    int heads = layers.stream().mapToInt(layer -> layer.weights().length).sum();
    boolean together = heads > maps;
    if (together) {
      html.element(
          "p", "There are %d heads: shown are the means of each layer's.".formatted(heads));
    }
    for (Insight.Attention layer : some(layers, together ? maps : layers.size())) {
      html.element("h4", layer.layer());
      html.open("div", "class", "maps");
      List<String> rows = named.insight().steps(layer.layer());
      List<String> columns = named.insight().seen(layer);
      float[][][] shown = together ? new float[][][] {mean(layer.weights())} : layer.weights();
      for (int head = 0; head < shown.length; head++) {
        String title = together ? "mean of heads" : "head " + (head + 1);
        double height = Math.min(300, Math.max(40, 300.0 * rows.size() / columns.size()));
        new HeatMap(title, rows, columns, shown[head], HeatMap.Colours.AMOUNT, 0, 1, height)
            .draw(html);
      }
      html.close();
      looks(html, of(named) + layer.layer(), rows, columns, shown);
    }
  }

  /** Each head's strongest look at every step. */
  private static void looks(
      Html html, String title, List<String> rows, List<String> columns, float[][][] heads) {
    List<String> heading = new ArrayList<>(List.of("step"));
    IntStream.rangeClosed(1, heads.length)
        .forEach(head -> heading.add("head " + head + " looks most at"));
    List<Table.Line> lines = new ArrayList<>();
    for (int row = 0; row < rows.size(); row++) {
      List<String> cells = new ArrayList<>(List.of((row + 1) + " " + rows.get(row)));
      for (float[][] head : heads) {
        int most = 0;
        for (int column = 1; column < columns.size(); column++) {
          most = head[row][column] > head[row][most] ? column : most;
        }
        cells.add(
            "%d %s, %s".formatted(most + 1, columns.get(most), Figures.of(head[row][most], 3)));
      }
      lines.add(new Table.Line(Double.NaN, cells));
    }
    Table.folded(html, title, heading, lines);
  }

  private static float[][] mean(float[][][] heads) {
    float[][] mean = new float[heads[0].length][heads[0][0].length];
    for (float[][] head : heads) {
      for (int i = 0; i < mean.length; i++) {
        for (int j = 0; j < mean[i].length; j++) {
          mean[i][j] += head[i][j] / heads.length;
        }
      }
    }
    return mean;
  }

  private void states(Html html, Named named) {
    List<Insight.States> layers = named.insight().states();
    if (layers.isEmpty()) {
      return;
    }
    html.element("h3", of(named, "What the layers hand on"));
    html.element(
        "p",
        "A row is a unit, a column a step. Units that keep their colour for long remember something.");
    html.open("div", "class", "maps");
    for (Insight.States layer : some(layers, maps)) {
      int width = layer.values()[0].length;
      int shown = Math.min(width, units);
      float[][] turned = new float[shown][layer.values().length];
      for (int t = 0; t < layer.values().length; t++) {
        for (int unit = 0; unit < shown; unit++) {
          turned[unit][t] = layer.values()[t][unit];
        }
      }
      double most = most(layer.values());
      String title =
          shown < width
              ? "%s, the first %d of %d units".formatted(layer.layer(), shown, width)
              : "%s, %d units".formatted(layer.layer(), width);
      List<String> names = IntStream.rangeClosed(1, shown).mapToObj(String::valueOf).toList();
      html.open("div", "class", "map");
      new HeatMap(
              title,
              names,
              named.insight().steps(layer.layer()),
              turned,
              HeatMap.Colours.SIGNED,
              -most,
              most,
              Math.max(120, Math.min(300, 3 * shown)))
          .draw(html);
      HeatMap.legend(html, HeatMap.Colours.SIGNED, Figures.of(-most, 3), Figures.of(most, 3));
      states(html, of(named) + layer.layer(), named.insight().steps(layer.layer()), layer.values());
      html.close();
    }
    html.close();
  }

  private static void states(Html html, String title, List<String> steps, float[][] values) {
    List<Table.Line> lines = new ArrayList<>();
    for (int t = 0; t < steps.size(); t++) {
      double squares = 0;
      int most = 0;
      for (int unit = 0; unit < values[t].length; unit++) {
        squares += (double) values[t][unit] * values[t][unit];
        most = Math.abs(values[t][unit]) > Math.abs(values[t][most]) ? unit : most;
      }
      lines.add(
          new Table.Line(
              Double.NaN,
              List.of(
                  (t + 1) + " " + steps.get(t),
                  Figures.of(Math.sqrt(squares), 4),
                  "%d: %s".formatted(most + 1, Figures.of(values[t][most], 3)))));
    }
    Table.folded(html, title, List.of("step", "norm", "strongest unit"), lines);
  }

  /** The end of the scale: few numbers are larger. */
  private static double most(float[][] values) {
    int width = values[0].length;
    double[] sizes =
        IntStream.range(0, values.length * width)
            .mapToDouble(i -> Math.abs(values[i / width][i % width]))
            .filter(Double::isFinite)
            .sorted()
            .toArray();
    return sizes.length == 0 ? 1 : Math.max(1e-6, sizes[(int) (PERCENTILE * (sizes.length - 1))]);
  }

  /** Evenly taken from all of them. */
  private static <T> List<T> some(List<T> all, int most) {
    if (all.size() <= most) {
      return all;
    }
    return IntStream.range(0, most)
        .mapToObj(i -> all.get((int) ((long) i * all.size() / most)))
        .toList();
  }
}
