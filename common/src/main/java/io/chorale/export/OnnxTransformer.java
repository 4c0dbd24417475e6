package io.chorale.export;

import io.chorale.config.AttentionHeads;
import io.chorale.config.AttentionSettings;
import io.chorale.config.AttentionSettings.Activation;
import io.chorale.config.AttentionSettings.Norm;
import io.chorale.export.ExportOptions.Operators;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Adds the blocks of a transformer to a graph. */
final class OnnxTransformer implements OnnxBackbone {
  private final OnnxLayers layers;
  private final OnnxGraph graph;
  private final ModelFacts facts;
  private final AttentionSettings settings;
  private final AttentionHeads sizes;
  private final OnnxHeads heads;
  private final OnnxRows rows;
  private final boolean past;
  private final String start; // position of the first step
  private final String end; // of the one after the last
  private final String mask;
  private final OnnxPositions positions;
  private final Optional<OnnxLook> memory;

  /** A transformer over rows; see {@link OnnxBackbone#of}. */
  OnnxTransformer(OnnxLayers layers, OnnxRows rows, Form form, boolean looks, Operators operators) {
    this.layers = layers;
    this.graph = layers.graph();
    this.facts = layers.facts();
    this.settings = facts.attention();
    this.sizes = facts.heads();
    this.heads = new OnnxHeads(graph, sizes);
    this.rows = rows;
    this.past = form == Form.GOING_ON && operators == Operators.V23;
    this.start = past ? before() : graph.integers(0);
    this.end = past ? graph.add("Add", start, rows.time()) : rows.time();
    this.mask = form != Form.BOTH_WAYS ? later() : rows.ragged() ? rows.padding(graph, 1, 2) : "";
    this.positions = new OnnxPositions(layers, start, end);
    this.memory = looks ? Optional.of(new OnnxLook(layers)) : Optional.empty();
  }

  /** Steps that were read before. */
  private String before() {
    for (int layer : facts.layerNumbers()) {
      for (String name : List.of("past_key", "past_value")) {
        graph.input(name + layer, false, heads.shared("past"));
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

  @Override
  public String read(String vectors) {
    String x = positions.placed(vectors);
    for (int layer : facts.layerNumbers()) {
      String name = "layers.%d.".formatted(layer);
      String seen = attention(layer, name + "attention.", norm(x, name + "attention.norm"));
      x = graph.add("Add", x, seen);
      if (memory.isPresent()) {
        String part = name + "memory.";
        x = graph.add("Add", x, memory.get().look(layer, part, norm(x, part + "norm")));
      }
      x = graph.add("Add", x, feedForward(name + "mlp.", norm(x, name + "mlp.norm")));
    }
    return norm(x, "norm");
  }

  @Override
  public String ends(String read) {
    if (!rows.ragged()) {
      return graph.add("Gather", Map.of("axis", 1), read, graph.integer(-1));
    }
    String end = graph.add("Sub", rows.lengths(), graph.integer(1));
    String is =
        graph.add("Equal", rows.steps(graph), graph.add("Unsqueeze", end, graph.integers(1)));
    String last = graph.add("Unsqueeze", is, graph.integers(2));
    return layers.sum(graph.add("Where", last, read, graph.number(0)), 1);
  }

  private String norm(String x, String name) {
    if (settings.norm() == Norm.RMS) {
      return rms(x, name);
    }
    String scale = layers.weight(name + ".weight");
    Map<String, Object> attributes = Map.of("axis", -1, "epsilon", (float) settings.normEpsilon());
    return facts.find(name + ".bias").isPresent()
        ? graph.add("LayerNormalization", attributes, x, scale, layers.weight(name + ".bias"))
        : graph.add("LayerNormalization", attributes, x, scale);
  }

  private String rms(String x, String name) {
    String squares = graph.add("ReduceMean", graph.add("Mul", x, x), graph.integers(-1));
    String root =
        graph.add("Sqrt", graph.add("Add", squares, graph.number(settings.normEpsilon())));
    return graph.add("Mul", graph.add("Div", x, root), layers.weight(name + ".weight"));
  }

  private String attention(int layer, String name, String x) {
    List<String> parts =
        graph.add(
            "Split",
            3,
            Map.of("axis", -1),
            layers.linear(x, name + "qkv"),
            graph.integers(sizes.queries(), sizes.keys(), sizes.keys()));
    String queries = heads.of(parts.get(0), sizes.count());
    String keys = heads.of(parts.get(1), sizes.shared());
    if (settings.qkNorm()) {
      queries = rms(queries, name + "q-norm");
      keys = rms(keys, name + "k-norm");
    }
    queries = positions.turned(queries);
    keys = positions.turned(keys);
    String values = heads.of(parts.get(2), sizes.shared());
    String seen =
        past ? overAll(layer, queries, keys, values) : heads.means(queries, keys, values, mask);
    return layers.linear(heads.beside(seen), name + "output");
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
      graph.left(name, made.get(i), heads.shared("all"));
    }
    return made.get(0);
  }

  private String feedForward(String name, String x) {
    String up = layers.linear(x, name + "up");
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
    return layers.linear(active, name + "down");
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
