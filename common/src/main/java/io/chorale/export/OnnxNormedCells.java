package io.chorale.export;

import io.chorale.config.ModelSettings.Kind;
import io.chorale.config.RecurrenceSettings.Nonlinearity;
import io.chorale.model.ParameterLayout.Entry;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Cells that normalize what input and state add to their gates, for which ONNX has no operator: a
 * loop over the steps, whose body is a step. Behind the end of a row states stay as they are, so
 * that the way from the end begins with the row's.
 */
final class OnnxNormedCells implements OnnxCells {
  /** Added to the variance of what is normalized. */
  private static final float EPSILON = 1e-5f;

  private static final int BOOL = 9;
  private static final int INT64 = 7;

  private final OnnxLayers layers;
  private final OnnxGraph graph;
  private final ModelFacts facts;
  private final OnnxRows rows;
  private final int directions;
  private final Kind kind;
  private final long width;

  OnnxNormedCells(OnnxLayers layers, OnnxRows rows, int directions) {
    this.layers = layers;
    this.graph = layers.graph();
    this.facts = layers.facts();
    this.rows = rows;
    this.directions = directions;
    this.kind = facts.settings().model().kind();
    this.width = facts.width();
  }

  /** Gates that are normalized together. */
  private int[] groups() {
    return switch (kind) {
      case LSTM -> new int[] {4};
      case GRU -> new int[] {2, 1};
      default -> new int[] {1};
    };
  }

  @Override
  public Made read(String x, int layer, List<String> before) {
    List<String> hidden = new ArrayList<>();
    List<List<String>> last = new ArrayList<>();
    for (String way : OnnxCells.ways(directions)) {
      List<String> made = direction(x, "l" + layer + way, before, way.isEmpty() ? 0 : 1);
      int states = made.size() - 1;
      hidden.add(made.get(states));
      last.add(made.subList(0, states));
    }
    List<String> states = new ArrayList<>();
    for (int i = 0; i < last.get(0).size(); i++) {
      int state = i;
      states.add(
          layers.beside(
              0,
              last.stream()
                  .map(each -> graph.add("Unsqueeze", each.get(state), graph.integers(0)))
                  .toList()));
    }
    return new Made(layers.beside(2, hidden), states);
  }

  /** The last states [B, H], then the hidden states of all steps [T, B, H]. */
  private List<String> direction(String x, String name, List<String> before, int backwards) {
    String read = product(graph, x, "weight_ih_" + name, "gain_ih_" + name);
    List<String> inputs = new ArrayList<>();
    for (int i = 0; i < OnnxCells.states(kind).size(); i++) {
      inputs.add(
          before.isEmpty() ? zeros(x) : graph.add("Squeeze", before.get(i), graph.integers(0)));
    }
    inputs.add(graph.add("Add", read, layers.weight("bias_ih_" + name)));
    int scanned = 1;
    if (rows.ragged()) {
      String inside = graph.add("Cast", Map.of("to", INT64), rows.inside());
      inputs.add(graph.add("Unsqueeze", layers.turned(inside, 1, 0), graph.integers(2)));
      scanned++;
    }
    int[] directions = new int[scanned];
    Arrays.fill(directions, backwards);
    Map<String, Object> attributes = new TreeMap<>();
    attributes.put("body", step(name));
    attributes.put("num_scan_inputs", scanned);
    attributes.put("scan_input_directions", directions);
    attributes.put("scan_output_directions", new int[] {backwards});
    int results = OnnxCells.states(kind).size() + 1;
    return graph.add("Scan", results, attributes, inputs.toArray(String[]::new));
  }

  private String zeros(String x) {
    String batch = graph.add("Shape", Map.of("start", 1, "end", 2), x);
    String shape = graph.add("Concat", Map.of("axis", 0), batch, graph.integers(width));
    return graph.add("ConstantOfShape", Map.of("value", OnnxGraph.tensor(0)), shape);
  }

  /** A step [B, H] of a cell. */
  private OnnxGraph step(String name) {
    OnnxGraph body = graph.body();
    String prefix = facts.parameter("weight_hh_" + name).name() + ".";
    List<String> before = new ArrayList<>();
    for (String state : OnnxCells.states(kind)) {
      before.add(body.input(prefix + state, false, OnnxTask.BATCH, width));
    }
    long gates = facts.parameter("weight_hh_" + name).shape()[0];
    String read = body.input(prefix + "read", false, OnnxTask.BATCH, gates);
    String product = product(body, before.get(0), "weight_hh_" + name, "gain_hh_" + name);
    OnnxLayers within = new OnnxLayers(body, facts);
    String state = body.add("Add", product, within.weight("bias_hh_" + name));
    List<String> after =
        switch (kind) {
          case LSTM -> lstm(within, name, body.add("Add", read, state), before.get(1));
          case GRU -> List.of(gru(body, read, state, before.get(0)));
          default -> List.of(plain(body, body.add("Add", read, state)));
        };
    if (rows.ragged()) {
      String known = body.input(prefix + "inside", true, OnnxTask.BATCH, 1L);
      String inside = body.add("Cast", Map.of("to", BOOL), known);
      List<String> kept = new ArrayList<>();
      for (int i = 0; i < after.size(); i++) {
        kept.add(body.add("Where", inside, after.get(i), before.get(i)));
      }
      after = kept;
    }
    for (int i = 0; i < after.size(); i++) {
      String left = prefix + OnnxCells.states(kind).get(i) + "_next";
      body.output(left, after.get(i), OnnxTask.BATCH, width);
    }
    body.output(prefix + "hidden", after.get(0), OnnxTask.BATCH, width);
    return body;
  }

  private List<String> lstm(OnnxLayers body, String name, String all, String cell) {
    OnnxGraph step = body.graph();
    List<String> gates = step.add("Split", 4, Map.of("axis", -1, "num_outputs", 4), all);
    String kept = step.add("Mul", step.add("Sigmoid", gates.get(1)), cell);
    String added =
        step.add("Mul", step.add("Sigmoid", gates.get(0)), step.add("Tanh", gates.get(2)));
    String next = step.add("Add", kept, added);
    String shown =
        step.add(
            "LayerNormalization",
            Map.of("axis", -1, "epsilon", EPSILON),
            next,
            body.weight("gain_cell_" + name),
            body.weight("bias_cell_" + name));
    String hidden = step.add("Mul", step.add("Sigmoid", gates.get(3)), step.add("Tanh", shown));
    return List.of(hidden, next);
  }

  private static String gru(OnnxGraph step, String read, String state, String hidden) {
    Map<String, Object> thirds = Map.of("axis", -1, "num_outputs", 3);
    List<String> reads = step.add("Split", 3, thirds, read);
    List<String> states = step.add("Split", 3, thirds, state);
    String reset = step.add("Sigmoid", step.add("Add", reads.get(0), states.get(0)));
    String update = step.add("Sigmoid", step.add("Add", reads.get(1), states.get(1)));
    String part = step.add("Mul", reset, states.get(2));
    String fresh = step.add("Tanh", step.add("Add", reads.get(2), part));
    return step.add("Add", fresh, step.add("Mul", update, step.add("Sub", hidden, fresh)));
  }

  private String plain(OnnxGraph step, String all) {
    boolean relu = facts.settings().recurrence().nonlinearity() == Nonlinearity.RELU;
    return step.add(relu ? "Relu" : "Tanh", all);
  }

  /** What vectors add to the gates [..., G], normalized by groups of gates. */
  private String product(OnnxGraph where, String x, String matrix, String gain) {
    Entry weights = facts.parameter(matrix);
    String made =
        where.add("MatMul", x, where.weight(MappedArray.transposed(weights.name(), weights)));
    Entry gains = facts.parameter(gain);
    int[] groups = groups();
    long[] sizes = Arrays.stream(groups).mapToLong(gates -> gates * width).toArray();
    List<String> parts =
        groups.length == 1
            ? List.of(made)
            : where.add("Split", groups.length, Map.of("axis", -1), made, where.integers(sizes));
    List<String> normed = new ArrayList<>();
    long from = 0;
    for (int i = 0; i < groups.length; i++) {
      String name = groups.length == 1 ? gains.name() : gains.name() + "." + i;
      String scale = where.weight(MappedArray.rows(name, gains, from, sizes[i]));
      Map<String, Object> attributes = Map.of("axis", -1, "epsilon", EPSILON);
      normed.add(where.add("LayerNormalization", attributes, parts.get(i), scale));
      from += sizes[i];
    }
    return new OnnxLayers(where, facts).beside(-1, normed);
  }
}
