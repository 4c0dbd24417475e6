package io.chorale.export;

import io.chorale.config.ModelSettings.Kind;
import io.chorale.config.RecurrenceSettings.Nonlinearity;
import io.chorale.model.ParameterLayout.Entry;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** Adds the layers of a recurrent network to a graph, a node each. */
final class OnnxRecurrent {
  private final OnnxGraph graph;
  private final ModelFacts facts;
  private final OnnxRows rows;
  private final int directions;
  private final boolean carries;
  private final Kind kind;
  private final long width;

  /** The last state of the last layer, of each direction [D, B, H]. */
  private String last;

  /**
   * A network over rows.
   *
   * @param bothWays whether there is a way from the end beside that from the begin
   * @param carries whether states are inputs and outputs
   */
  OnnxRecurrent(
      OnnxGraph graph, ModelFacts facts, OnnxRows rows, boolean bothWays, boolean carries) {
    this.graph = graph;
    this.facts = facts;
    this.rows = rows;
    this.directions = bothWays ? 2 : 1;
    this.carries = carries;
    this.kind = facts.settings().model().kind();
    this.width = facts.width();
  }

  /** What the layers make of vectors [B, T, E]: [B, T, D x H]. */
  String read(String vectors) {
    String x = graph.add("Transpose", Map.of("perm", new int[] {1, 0, 2}), vectors);
    for (int layer : facts.layerNumbers()) {
      x = layer(x, layer);
    }
    return graph.add("Transpose", Map.of("perm", new int[] {1, 0, 2}), x);
  }

  /** The last state of each row, those of both directions beside each other [B, D x H]. */
  String ends() {
    String turned = graph.add("Transpose", Map.of("perm", new int[] {1, 0, 2}), last);
    return graph.add("Reshape", turned, graph.integers(0, directions * width));
  }

  private String layer(String x, int layer) {
    List<String> read = new ArrayList<>(List.of(x));
    read.add(matrix("weight_ih_l" + layer));
    read.add(matrix("weight_hh_l" + layer));
    read.add(bias(layer));
    read.add(rows.ragged() ? graph.add("Cast", Map.of("to", 6), rows.lengths()) : "");
    List<String> states = kind == Kind.LSTM ? List.of("h", "c") : List.of("h");
    if (carries) {
      for (String state : states) {
        read.add(graph.input(state + layer, false, 1L, "batch", width));
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
    if (carries) {
      for (int i = 0; i < states.size(); i++) {
        graph.output(states.get(i) + layer + "_next", made.get(i + 1), 1L, "batch", width);
      }
    }
    last = made.get(1);
    // [T, D, B, H]
    String turned = graph.add("Transpose", Map.of("perm", new int[] {0, 2, 1, 3}), made.get(0));
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
