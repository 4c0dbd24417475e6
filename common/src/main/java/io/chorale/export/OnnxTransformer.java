package io.chorale.export;

import io.chorale.config.AttentionHeads;
import io.chorale.config.AttentionSettings;
import io.chorale.config.AttentionSettings.Activation;
import io.chorale.config.AttentionSettings.Norm;
import io.chorale.config.AttentionSettings.Positions;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;

/** Adds the blocks of a transformer to a graph. */
final class OnnxTransformer {
  private static final double SINUSOIDAL_BASE = 10_000;

  private final OnnxGraph graph;
  private final ModelFacts facts;
  private final AttentionSettings settings;
  private final AttentionHeads heads;
  private final OnnxRows rows;
  private final boolean past;
  private final String start; // position of the first step
  private final String end; // of the one after the last
  private final String mask;
  private String cosines;
  private String sines;

  /**
   * A transformer over rows.
   *
   * @param causal whether a step sees those before it alone
   * @param past whether keys and values of steps that were read before are inputs, and those of all
   *     steps outputs
   */
  OnnxTransformer(OnnxGraph graph, ModelFacts facts, OnnxRows rows, boolean causal, boolean past) {
    this.graph = graph;
    this.facts = facts;
    this.settings = facts.attention();
    this.heads = facts.heads();
    this.rows = rows;
    this.past = past;
    this.start = past ? before() : graph.integers(0);
    this.end = past ? graph.add("Add", start, rows.time()) : rows.time();
    this.mask = causal ? later() : rows.ragged() ? padding() : "";
  }

  /** Steps that were read before. */
  private String before() {
    for (int layer : facts.layerNumbers()) {
      for (String name : List.of("past_key", "past_value")) {
        graph.input(name + layer, false, "batch", shared(), "past", size());
      }
    }
    return graph.add("Shape", Map.of("start", 2, "end", 3), "past_key0");
  }

  /** Below zero without end for what is later than a step [T, all steps]. */
  private String later() {
    String square = graph.add("Concat", Map.of("axis", 0), rows.time(), end);
    String never =
        graph.add(
            "ConstantOfShape", Map.of("value", OnnxGraph.tensor(Double.NEGATIVE_INFINITY)), square);
    String next = graph.add("Squeeze", graph.add("Add", start, graph.integers(1)));
    return graph.add("Trilu", Map.of("upper", 1), never, next);
  }

  /** Below zero without end for what is behind the end of a row [B, 1, 1, T]. */
  private String padding() {
    String seen =
        graph.add("Where", rows.inside(), graph.number(0), graph.number(Double.NEGATIVE_INFINITY));
    return graph.add("Unsqueeze", seen, graph.integers(1, 2));
  }

  /** What the blocks make of vectors: both are [B, T, C]. */
  String read(String vectors) {
    String x = placed(vectors);
    for (int layer : facts.layerNumbers()) {
      String name = "layers.%d.".formatted(layer);
      String seen = attention(layer, name + "attention.", norm(x, name + "attention.norm"));
      x = graph.add("Add", x, seen);
      x = graph.add("Add", x, feedForward(name + "mlp.", norm(x, name + "mlp.norm")));
    }
    return norm(x, "norm");
  }

  private String placed(String vectors) {
    if (settings.positions() == Positions.ROTARY) {
      cosines = table(true, size() / 2);
      sines = table(false, size() / 2);
      return vectors;
    }
    if (settings.positions() == Positions.LEARNED) {
      String table =
          graph.weight(MappedArray.of("positions.weight", facts.parameter("positions.weight")));
      return graph.add("Add", vectors, placesOf(table));
    }
    // As large as the sines, which an embedding is not.
    String scaled = graph.add("Mul", vectors, graph.number(StrictMath.sqrt(facts.width())));
    return graph.add("Add", scaled, placesOf(sinusoids()));
  }

  /** The rows of a table that belong to the steps. */
  private String placesOf(String table) {
    return graph.add("Slice", table, start, end, graph.integers(0));
  }

  /** Sines or cosines of the multiples of positions [T, waves]. */
  private String table(boolean cosine, long waves) {
    float[] table = new float[Math.toIntExact(facts.context() * waves)];
    for (int i = 0; i < table.length; i++) {
      double angle =
          i
              / waves
              / settings.scaling().scaled(wavelength(settings.rotaryBase(), i % waves, waves));
      table[i] = (float) (cosine ? StrictMath.cos(angle) : StrictMath.sin(angle));
    }
    return placesOf(graph.numbers(List.of((long) facts.context(), waves), table));
  }

  /** Sines and cosines in turn, of all positions [context, C]. */
  private String sinusoids() {
    long width = facts.width();
    float[] table = new float[Math.toIntExact(facts.context() * width)];
    for (int i = 0; i < table.length; i++) {
      double angle = i / width / wavelength(SINUSOIDAL_BASE, i % width / 2, width / 2);
      table[i] = (float) (i % 2 == 0 ? StrictMath.sin(angle) : StrictMath.cos(angle));
    }
    return graph.numbers(List.of((long) facts.context(), width), table);
  }

  /** Over two pi. */
  private static double wavelength(double base, long wave, long waves) {
    return StrictMath.pow(base, (double) wave / waves);
  }

  private String norm(String x, String name) {
    String scale =
        graph.weight(MappedArray.of(name + ".weight", facts.parameter(name + ".weight")));
    if (settings.norm() == Norm.LAYER) {
      Map<String, Object> attributes =
          Map.of("axis", -1, "epsilon", (float) settings.normEpsilon());
      return facts
          .find(name + ".bias")
          .map(
              bias ->
                  graph.add(
                      "LayerNormalization",
                      attributes,
                      x,
                      scale,
                      graph.weight(MappedArray.of(name + ".bias", bias))))
          .orElseGet(() -> graph.add("LayerNormalization", attributes, x, scale));
    }
    return rms(x, scale);
  }

  private String rms(String x, String scale) {
    String squares = graph.add("ReduceMean", graph.add("Mul", x, x), graph.integers(-1));
    String root =
        graph.add("Sqrt", graph.add("Add", squares, graph.number(settings.normEpsilon())));
    return graph.add("Mul", graph.add("Div", x, root), scale);
  }

  private String linear(String x, String name) {
    return OnnxModel.linear(graph, facts, x, name);
  }

  private String attention(int layer, String name, String x) {
    List<String> parts =
        graph.add(
            "Split",
            3,
            Map.of("axis", -1),
            linear(x, name + "qkv"),
            graph.integers(heads.queries(), heads.keys(), heads.keys()));
    String queries = rotated(normed(heads(parts.get(0), heads.count()), name + "q-norm.weight"));
    String keys = rotated(normed(heads(parts.get(1), heads.shared()), name + "k-norm.weight"));
    String values = heads(parts.get(2), heads.shared());
    String seen = past ? overAll(layer, queries, keys, values) : weighted(queries, keys, values);
    String together = graph.add("Transpose", Map.of("perm", new int[] {0, 2, 1, 3}), seen);
    String flat = graph.add("Reshape", together, graph.integers(0, 0, heads.queries()));
    return linear(flat, name + "output");
  }

  /** Attention over what was read before, too. */
  private String overAll(int layer, String queries, String keys, String values) {
    List<String> made =
        graph.add(
            "Attention",
            3,
            Map.of(),
            queries,
            keys,
            values,
            mask,
            "past_key" + layer,
            "past_value" + layer);
    for (int i = 1; i < made.size(); i++) {
      String name = List.of("key", "value").get(i - 1) + layer;
      graph.output(name, made.get(i), "batch", shared(), "all", size());
    }
    return made.get(0);
  }

  private String weighted(String queries, String keys, String values) {
    String turned = graph.add("Transpose", Map.of("perm", new int[] {0, 1, 3, 2}), repeated(keys));
    String scores =
        graph.add(
            "Mul", graph.add("MatMul", queries, turned), graph.number(1 / StrictMath.sqrt(size())));
    if (!mask.isEmpty()) {
      scores = graph.add("Add", scores, mask);
    }
    return graph.add("MatMul", graph.add("Softmax", Map.of("axis", -1), scores), repeated(values));
  }

  /** Each head of keys or values as often as queries share it [B, H, T, D]. */
  private String repeated(String shared) {
    if (heads.group() == 1) {
      return shared;
    }
    long[] each = LongStream.range(0, heads.count()).map(head -> head / heads.group()).toArray();
    return graph.add("Gather", Map.of("axis", 1), shared, graph.integers(each));
  }

  /** Heads of queries or keys after their norm, where they have one. */
  private String normed(String x, String name) {
    return facts
        .find(name)
        .map(found -> rms(x, graph.weight(MappedArray.of(name, found))))
        .orElse(x);
  }

  private long shared() {
    return heads.shared();
  }

  private long size() {
    return heads.size();
  }

  /** Makes [B, count, T, D] of [B, T, count x D]. */
  private String heads(String x, int count) {
    String split = graph.add("Reshape", x, graph.integers(0, 0, count, size()));
    return graph.add("Transpose", Map.of("perm", new int[] {0, 2, 1, 3}), split);
  }

  /** Turns the halves of each head, where positions are rotary. */
  private String rotated(String x) {
    if (cosines == null) {
      return x;
    }
    List<String> halves = graph.add("Split", 2, Map.of("axis", -1, "num_outputs", 2), x);
    String first =
        graph.add(
            "Sub",
            graph.add("Mul", halves.get(0), cosines),
            graph.add("Mul", halves.get(1), sines));
    String second =
        graph.add(
            "Add",
            graph.add("Mul", halves.get(1), cosines),
            graph.add("Mul", halves.get(0), sines));
    return graph.add("Concat", Map.of("axis", -1), first, second);
  }

  private String feedForward(String name, String x) {
    String up = linear(x, name + "up");
    String active;
    if (settings.activation().gated()) {
      List<String> halves = graph.add("Split", 2, Map.of("axis", -1, "num_outputs", 2), up);
      String gate = graph.add("Mul", halves.get(0), graph.add("Sigmoid", halves.get(0)));
      active = graph.add("Mul", gate, halves.get(1));
    } else {
      String s = settings.activation() == Activation.GELU ? error(up) : tanh(up);
      String half = graph.add("Mul", up, graph.number(0.5));
      active = graph.add("Mul", half, graph.add("Add", s, graph.number(1)));
    }
    return linear(active, name + "down");
  }

  /** The error function of x / sqrt(2). */
  private String error(String x) {
    return graph.add("Erf", graph.add("Mul", x, graph.number(StrictMath.sqrt(0.5))));
  }

  /** What GPT-2 takes for it. */
  private String tanh(String x) {
    String cube = graph.add("Mul", x, graph.add("Mul", x, x));
    String sum = graph.add("Add", x, graph.add("Mul", cube, graph.number(0.044715)));
    return graph.add("Tanh", graph.add("Mul", sum, graph.number(StrictMath.sqrt(2 / Math.PI))));
  }
}
