package io.chorale.export;

import io.chorale.config.ForecastSettings;
import io.chorale.config.ForecastSettings.Normalisation;
import io.chorale.config.ModelSettings;
import io.chorale.config.TaskSettings.Direction;
import io.chorale.data.Column;
import io.chorale.data.Facts;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;

/**
 * The graph of a forecast: from the last steps of {@code series} and, where it is read, their
 * {@code calendar} to the {@code forecast} of the next steps and, where there are any, its {@code
 * quantiles}, ascending; all in the series' own unit.
 */
final class OnnxForecast implements OnnxTask {
  /** Added to the variance of a window, which may be constant. */
  private static final double EPSILON = 1e-5;

  private final Source source;
  private final ForecastSettings settings;
  private final Facts facts;
  private final long lookBack; // L
  private final long horizon; // N
  private final long channels; // C
  private final long numbers; // Q

  OnnxForecast(Source source) {
    this.source = source;
    this.settings = source.settings().forecast();
    this.facts = source.schema().facts(Column.SERIES);
    this.lookBack = settings.lookBack();
    this.horizon = settings.horizon();
    this.channels = source.schema().column(Column.SERIES).size();
    this.numbers = Math.max(1, settings.quantiles().size());
  }

  @Override
  public Map<String, Consumer<OnnxGraph>> graphs() {
    return Map.of(MODEL, this::build);
  }

  @Override
  public Map<String, String> metadata() {
    Map<String, String> metadata = new TreeMap<>();
    if (!facts.labels().isEmpty()) {
      metadata.put("channels", PrettyJson.of(facts.labels()));
    }
    if (!settings.quantiles().isEmpty()) {
      metadata.put("quantiles", PrettyJson.of(settings.quantiles()));
    }
    if (!facts.step().isEmpty()) {
      metadata.put("step", facts.step());
    }
    List<String> calendar = source.schema().facts(Column.CALENDAR).labels();
    if (features() > 0 && !calendar.isEmpty()) {
      metadata.put("calendar", PrettyJson.of(calendar));
    }
    return metadata;
  }

  private boolean linear() {
    return source.settings().model().kind() == ModelSettings.Kind.LINEAR;
  }

  /** Numbers of the calendar that are read of a step: F. */
  private long features() {
    return linear() ? 0 : source.schema().find(Column.CALENDAR).map(Column::size).orElse(0);
  }

  private void build(OnnxGraph graph) {
    OnnxLayers layers = source.layers(graph);
    String series = graph.input("series", false, BATCH, lookBack, channels);
    String told = forecast(layers, layers.scaled(series, facts)); // [B, N, C, Q]
    if (numbers > 1) {
      // Those of a model may cross.
      Map<String, Object> ascending = Map.of("axis", -1, "largest", 0, "sorted", 1);
      told = graph.add("TopK", 2, ascending, told, graph.integers(numbers)).get(0);
    }
    String all = layers.unscaled(told, facts, 2);
    String median = graph.add("Gather", Map.of("axis", 3), all, graph.integer(settings.median()));
    graph.output("forecast", median, BATCH, horizon, channels);
    if (!settings.quantiles().isEmpty()) {
      graph.output("quantiles", all, BATCH, horizon, channels, numbers);
    }
  }

  /** With the normalisation of each window around the network. */
  private String forecast(OnnxLayers layers, String past) {
    OnnxGraph graph = layers.graph();
    if (settings.normalisation() == Normalisation.NONE) {
      return network(layers, past);
    }
    if (settings.normalisation() == Normalisation.LAST) {
      String last = graph.add("Gather", Map.of("axis", 1), past, graph.integers(-1)); // [B, 1, C]
      String made = network(layers, graph.add("Sub", past, last));
      return graph.add("Add", made, ofEach(graph, last));
    }
    String mean = graph.add("ReduceMean", past, graph.integers(1));
    String centred = graph.add("Sub", past, mean);
    String variance =
        graph.add("ReduceMean", graph.add("Mul", centred, centred), graph.integers(1));
    String deviation = graph.add("Sqrt", graph.add("Add", variance, graph.number(EPSILON)));
    String made = network(layers, graph.add("Div", centred, deviation));
    String spread = graph.add("Mul", made, ofEach(graph, deviation));
    return graph.add("Add", spread, ofEach(graph, mean));
  }

  /** A number of each channel [B, 1, C] beside forecasts [B, 1, C, 1]. */
  private static String ofEach(OnnxGraph graph, String number) {
    return graph.add("Unsqueeze", number, graph.integers(3));
  }

  /** What the network makes of a window [B, L, C]: [B, N, C, Q]. */
  private String network(OnnxLayers layers, String past) {
    return linear() ? mapped(layers, past) : encoded(layers, past);
  }

  private String encoded(OnnxLayers layers, String past) {
    OnnxGraph graph = layers.graph();
    String steps = past;
    if (features() > 0) {
      String calendar = graph.input("calendar", false, BATCH, lookBack, features());
      steps = graph.add("Concat", Map.of("axis", 2), past, calendar);
    }
    OnnxRows rows = OnnxRows.equal(graph, past);
    OnnxBackbone.Form form =
        source.settings().task().direction() == Direction.CAUSAL
            ? OnnxBackbone.Form.CAUSAL
            : OnnxBackbone.Form.BOTH_WAYS;
    OnnxBackbone backbone = OnnxBackbone.of(layers, rows, form, false, source.operators());
    String read = backbone.read(layers.linear(steps, "projection"));
    String pooled =
        new OnnxPool(layers, rows, backbone).pooled(read, source.settings().task().pooling());
    String made = layers.linear(pooled, "head");
    return graph.add("Reshape", made, graph.integers(0, horizon, channels, numbers));
  }

  /** A map of each channel by itself, one for the trend and one for what remains. */
  private String mapped(OnnxLayers layers, String past) {
    OnnxGraph graph = layers.graph();
    String x = layers.turned(past, 0, 2, 1); // [B, C, L]
    String made;
    if (settings.movingAverage() > 1) {
      String trend = movingAverage(graph, x);
      String rest = layers.linear(graph.add("Sub", x, trend), "remainder");
      made = graph.add("Add", layers.linear(trend, "trend"), rest);
    } else {
      made = layers.linear(x, "linear");
    }
    String split = graph.add("Reshape", made, graph.integers(0, channels, horizon, numbers));
    return layers.turned(split, 0, 2, 1, 3);
  }

  /** The first and the last value go on at the ends. */
  private String movingAverage(OnnxGraph graph, String x) {
    int kernel = settings.movingAverage();
    long side = kernel / 2;
    String padded =
        graph.add("Pad", Map.of("mode", "edge"), x, graph.integers(0, 0, side, 0, 0, side));
    return graph.add("AveragePool", Map.of("kernel_shape", new int[] {kernel}), padded);
  }
}
