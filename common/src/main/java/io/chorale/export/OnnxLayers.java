package io.chorale.export;

import io.chorale.data.Facts;
import io.chorale.model.ParameterLayout.Entry;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/** Adds layers with a model's parameters to a graph, which knows these by the model's own names. */
record OnnxLayers(OnnxGraph graph, ModelFacts facts) {

  /** The same graph, with the parameters of a part of the model. */
  OnnxLayers of(String part) {
    return new OnnxLayers(graph, facts.of(part));
  }

  /** A parameter as it is. */
  String weight(String name) {
    Entry entry = facts.parameter(name);
    return graph.weight(MappedArray.of(entry.name(), entry));
  }

  /** The vectors of ids [B, T] in a table [B, T, E]. */
  String embedded(String table, String ids) {
    return graph.add("Gather", weight(table), ids);
  }

  /** A linear layer over the last axis. */
  String linear(String x, String name) {
    Entry matrix = facts.parameter(name + ".weight");
    String turned = graph.weight(MappedArray.transposed(matrix.name(), matrix));
    return withBias(graph.add("MatMul", x, turned), name);
  }

  /** The scores of all tokens, by a head of their own or the table of their vectors. */
  String overVocabulary(String x) {
    if (facts.find("head.weight").isPresent()) {
      return linear(x, "head");
    }
    String turned =
        graph.add("Transpose", Map.of("perm", new int[] {1, 0}), weight("embedding.weight"));
    return withBias(graph.add("MatMul", x, turned), "head");
  }

  /** How many scores the head gives. */
  long scores() {
    return facts
        .find("head.weight")
        .orElseGet(() -> facts.parameter("embedding.weight"))
        .shape()[0];
  }

  private String withBias(String x, String name) {
    return facts.find(name + ".bias").isPresent() ? graph.add("Add", x, weight(name + ".bias")) : x;
  }

  /** Numbers in their own unit [..., C] as the model reads them. */
  String scaled(String x, Facts scale) {
    if (scale.mean().isEmpty()) {
      return x;
    }
    String centred = graph.add("Sub", x, numbers(scale.mean(), 1));
    return graph.add("Div", centred, numbers(scale.deviation(), 1));
  }

  /**
   * Numbers of a model in their own unit.
   *
   * @param axes from that of the channels on
   */
  String unscaled(String x, Facts scale, int axes) {
    if (scale.mean().isEmpty()) {
      return x;
    }
    String spread = graph.add("Mul", x, numbers(scale.deviation(), axes));
    return graph.add("Add", spread, numbers(scale.mean(), axes));
  }

  private String numbers(List<Double> values, int axes) {
    float[] numbers = new float[values.size()];
    for (int i = 0; i < numbers.length; i++) {
      numbers[i] = values.get(i).floatValue();
    }
    Long[] shape = new Long[axes];
    Arrays.fill(shape, 1L);
    shape[0] = (long) numbers.length;
    return graph.numbers(List.of(shape), numbers);
  }

  /** The sum over some axes, which are no more. */
  String sum(String x, long... axes) {
    return graph.add("ReduceSum", Map.of("keepdims", 0), x, graph.integers(axes));
  }

  /** Parts beside each other. */
  String beside(int axis, List<String> parts) {
    return parts.size() == 1
        ? parts.get(0)
        : graph.add("Concat", Map.of("axis", axis), parts.toArray(String[]::new));
  }

  /** The same elements in axes of another order. */
  String turned(String x, int... order) {
    return graph.add("Transpose", Map.of("perm", order), x);
  }
}
