package io.chorale.export;

import io.chorale.config.ModelSettings.Kind;
import io.chorale.config.RecurrenceSettings.Nonlinearity;
import io.chorale.model.ParameterLayout.Entry;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** Adds the layers of a recurrent network to a graph, a node each. */
final class OnnxRecurrent implements OnnxBackbone {
  private final OnnxLayers layers;
  private final OnnxGraph graph;
  private final ModelFacts facts;
  private final OnnxRows rows;
  private final int directions;
  private final boolean carries;
  private final Kind kind;
  private final long width;
  private final Optional<OnnxGlobalAttention> memory;

  /** The last states of each layer by their names, of each direction [D, B, H]. */
  private final Map<String, String> last = new LinkedHashMap<>();

  /** A network over rows; see {@link OnnxBackbone#of}. */
  OnnxRecurrent(OnnxLayers layers, OnnxRows rows, Form form, boolean looks) {
    this.layers = layers;
    this.graph = layers.graph();
    this.facts = layers.facts();
    this.rows = rows;
    this.directions = form == Form.BOTH_WAYS ? 2 : 1;
    this.carries = form == Form.GOING_ON;
    this.kind = facts.settings().model().kind();
    this.width = facts.width();
    this.memory = looks ? Optional.of(new OnnxGlobalAttention(layers)) : Optional.empty();
  }

  @Override
  public String read(String vectors) {
    String x = layers.turned(vectors, 1, 0, 2);
    for (int layer : facts.layerNumbers()) {
      x = layer(x, layer);
    }
    String read = layers.turned(x, 1, 0, 2);
    return memory.map(look -> look.look(read)).orElse(read);
  }

  /** The last state of each row, those of both directions beside each other. */
  @Override
  public String ends(String read) {
    return beside(last.get("h" + (facts.layers() - 1)));
  }

  /** The last states of each layer by their names, as {@link #ends} has that of the last. */
  Map<String, String> ends() {
    Map<String, String> ends = new LinkedHashMap<>();
    last.forEach((name, state) -> ends.put(name, beside(state)));
    return ends;
  }

  /** Makes [B, D x H] of [D, B, H]. */
  private String beside(String state) {
    String turned = layers.turned(state, 1, 0, 2);
    return graph.add("Reshape", turned, graph.integers(0, directions * width));
  }

  private String layer(String x, int layer) {
    List<String> read = new ArrayList<>(List.of(x));
    read.add(matrix("weight_ih_l" + layer));
    read.add(matrix("weight_hh_l" + layer));
    read.add(bias(layer));
    read.add(rows.ragged() ? graph.add("Cast", Map.of("to", 6), rows.lengths()) : "");
    List<String> states = kind == Kind.LSTM ? List.of("h", "c") : List.of("h");
    if (carries || memory.isPresent()) {
      for (String state : states) {
        read.add(graph.input(state + layer, false, 1L, OnnxTask.BATCH, width));
      }
    }
    Map<String, Object> attributes = new TreeMap<>(Map.of("hidden_size", (int) width));
    if (directions == 2) {
      attributes.put("direction", "bidirectional");
    }
    if (kind == Kind.GRU) {
      attributes.put("linear_before_reset", 1);
    }
    if (kind == Kind.RNN) {
      String function =
          facts.settings().recurrence().nonlinearity() == Nonlinearity.RELU ? "Relu" : "Tanh";
      attributes.put("activations", Collections.nCopies(directions, function));
    }
    List<String> made =
        graph.add(
            kind.name().toUpperCase(Locale.ROOT),
            states.size() + 1,
            attributes,
            read.toArray(String[]::new));
    for (int i = 0; i < states.size(); i++) {
      String name = states.get(i) + layer;
      last.put(name, made.get(i + 1));
      if (carries) {
        graph.left(name + "_next", made.get(i + 1), 1L, OnnxTask.BATCH, width);
      }
    }
    String turned = layers.turned(made.get(0), 0, 2, 1, 3); // [T, B, D, H]
    return graph.add("Reshape", turned, graph.integers(0, 0, directions * width));
  }

  /** A matrix of each direction [D, G, in], its gates in the order of ONNX. */
  private String matrix(String name) {
    List<String> parts = new ArrayList<>();
    for (String direction : directions()) {
      Entry entry = facts.parameter(name + direction);
      parts.add(graph.weight(gates(entry).shaped(1L, entry.shape()[0], entry.shape()[1])));
    }
    return together(0, parts);
  }

  /** Biases of input and state beside each other, of each direction [D, 2 x G]. */
  private String bias(int layer) {
    List<String> parts = new ArrayList<>();
    for (String direction : directions()) {
      List<String> both = new ArrayList<>();
      for (String name : List.of("bias_ih_l", "bias_hh_l")) {
        Entry entry = facts.parameter(name + layer + direction);
        both.add(graph.weight(gates(entry).shaped(1L, entry.shape()[0])));
      }
      parts.add(together(1, both));
    }
    return together(0, parts);
  }

  private List<String> directions() {
    return directions == 2 ? List.of("", "_reverse") : List.of("");
  }

  private String together(int axis, List<String> parts) {
    return parts.size() == 1
        ? parts.get(0)
        : graph.add("Concat", Map.of("axis", axis), parts.toArray(String[]::new));
  }

  /** Ours are PyTorch's: i, f, g, o and r, z, n; theirs i, o, f, c and z, r, h. */
  private MappedArray gates(Entry entry) {
    int[] order =
        switch (kind) {
          case LSTM -> new int[] {0, 3, 1, 2};
          case GRU -> new int[] {1, 0, 2};
          default -> new int[] {0};
        };
    return MappedArray.ordered(
        entry.name(),
        entry,
        entry.shape()[0],
        row -> order[(int) (row / width)] * width + row % width);
  }
}
