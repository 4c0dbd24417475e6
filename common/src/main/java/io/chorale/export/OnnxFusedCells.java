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

/** Cells for which ONNX has an operator: a node a layer. */
final class OnnxFusedCells implements OnnxCells {
  private final OnnxLayers layers;
  private final OnnxGraph graph;
  private final ModelFacts facts;
  private final OnnxRows rows;
  private final int directions;
  private final Kind kind;
  private final long width;

  OnnxFusedCells(OnnxLayers layers, OnnxRows rows, int directions) {
    this.layers = layers;
    this.graph = layers.graph();
    this.facts = layers.facts();
    this.rows = rows;
    this.directions = directions;
    this.kind = facts.settings().model().kind();
    this.width = facts.width();
  }

  @Override
  public Made read(String x, int layer, List<String> before) {
    List<String> read = new ArrayList<>(List.of(x));
    read.add(matrix("weight_ih_l" + layer));
    read.add(matrix("weight_hh_l" + layer));
    read.add(bias(layer));
    read.add(rows.ragged() ? graph.add("Cast", Map.of("to", 6), rows.lengths()) : "");
    read.addAll(before);
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
            OnnxCells.states(kind).size() + 1,
            attributes,
            read.toArray(String[]::new));
    String turned = layers.turned(made.get(0), 0, 2, 1, 3); // [T, B, D, H]
    String hidden = graph.add("Reshape", turned, graph.integers(0, 0, directions * width));
    return new Made(hidden, made.subList(1, made.size()));
  }

  /** A matrix of each direction [D, G, in], its gates in the order of ONNX. */
  private String matrix(String name) {
    List<String> parts = new ArrayList<>();
    for (String direction : OnnxCells.ways(directions)) {
      Entry entry = facts.parameter(name + direction);
      parts.add(graph.weight(gates(entry).shaped(1L, entry.shape()[0], entry.shape()[1])));
    }
    return layers.beside(0, parts);
  }

  /** Biases of input and state beside each other, of each direction [D, 2 x G]. */
  private String bias(int layer) {
    List<String> parts = new ArrayList<>();
    for (String direction : OnnxCells.ways(directions)) {
      List<String> both = new ArrayList<>();
      for (String name : List.of("bias_ih_l", "bias_hh_l")) {
        Entry entry = facts.parameter(name + layer + direction);
        both.add(graph.weight(gates(entry).shaped(1L, entry.shape()[0])));
      }
      parts.add(layers.beside(1, both));
    }
    return layers.beside(0, parts);
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
