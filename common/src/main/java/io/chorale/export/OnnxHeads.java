package io.chorale.export;

import io.chorale.config.AttentionHeads;
import java.util.Map;
import java.util.stream.LongStream;

/**
 * Adds attention in many heads to a graph: H of queries with D units each, K of keys and values.
 */
record OnnxHeads(OnnxGraph graph, AttentionHeads sizes) {

  /** Axes of keys or values [B, K, steps, D]. */
  Object[] shared(String steps) {
    return new Object[] {OnnxTask.BATCH, sizes.shared(), steps, sizes.size()};
  }

  /** Makes [B, count, T, D] of [B, T, count x D]. */
  String of(String x, int count) {
    String split = graph.add("Reshape", x, graph.integers(0, 0, count, sizes.size()));
    return graph.add("Transpose", Map.of("perm", new int[] {0, 2, 1, 3}), split);
  }

  /** Makes [B, T, H x D] of [B, H, T, D]. */
  String beside(String x) {
    String together = graph.add("Transpose", Map.of("perm", new int[] {0, 2, 1, 3}), x);
    return graph.add("Reshape", together, graph.integers(0, 0, sizes.queries()));
  }

  /** The means of values by the softmax of queries and keys; no mask is an empty name. */
  String means(String queries, String keys, String values, String mask) {
    String turned = graph.add("Transpose", Map.of("perm", new int[] {0, 1, 3, 2}), repeated(keys));
    String scores =
        graph.add(
            "Mul",
            graph.add("MatMul", queries, turned),
            graph.number(1 / StrictMath.sqrt(sizes.size())));
    if (!mask.isEmpty()) {
      scores = graph.add("Add", scores, mask);
    }
    return graph.add("MatMul", graph.add("Softmax", Map.of("axis", -1), scores), repeated(values));
  }

  /** Each head of keys or values as often as queries share it [B, H, T, D]. */
  private String repeated(String shared) {
    if (sizes.group() == 1) {
      return shared;
    }
    long[] each = LongStream.range(0, sizes.count()).map(head -> head / sizes.group()).toArray();
    return graph.add("Gather", Map.of("axis", 1), shared, graph.integers(each));
  }
}
