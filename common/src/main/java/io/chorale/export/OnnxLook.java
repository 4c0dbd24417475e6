package io.chorale.export;

import io.chorale.config.AttentionHeads;
import java.util.List;
import java.util.Map;

/**
 * Adds a transformer's look at a memory to its blocks. Keys and values [B, K, S, D] of each block
 * are made of the memory once, beside the encoder: {@code memory_key0}, {@code memory_value0}, ….
 */
final class OnnxLook {
  private static final String KEY = "memory_key";
  private static final String VALUE = "memory_value";

  private final OnnxLayers layers;
  private final AttentionHeads sizes;
  private final OnnxHeads heads;
  private final String mask; // [B, 1, 1, S]

  /** Of a decoder whose parameters the layers have; what it looks at comes into their graph. */
  OnnxLook(OnnxLayers layers) {
    this.layers = layers;
    OnnxGraph graph = layers.graph();
    sizes = layers.facts().heads();
    heads = new OnnxHeads(graph, sizes);
    for (int layer : layers.facts().layerNumbers()) {
      graph.input(KEY + layer, false, heads.shared(OnnxTask.SOURCE));
      graph.input(VALUE + layer, false, heads.shared(OnnxTask.SOURCE));
    }
    mask = OnnxRows.ragged(graph, graph.known(KEY + 0), 2).padding(graph, 1, 2);
  }

  /** Gives keys and values of what an encoder has read [B, S, C]. */
  static void give(OnnxLayers decoder, String read, OnnxTask.Giver giver) {
    OnnxGraph graph = decoder.graph();
    AttentionHeads sizes = decoder.facts().heads();
    OnnxHeads heads = new OnnxHeads(graph, sizes);
    for (int layer : decoder.facts().layerNumbers()) {
      String both = decoder.linear(read, "layers.%d.memory.kv".formatted(layer));
      List<String> parts = graph.add("Split", 2, Map.of("axis", -1, "num_outputs", 2), both);
      Object[] axes = heads.shared(OnnxTask.SOURCE);
      giver.give(KEY + layer, heads.of(parts.get(0), sizes.shared()), axes);
      giver.give(VALUE + layer, heads.of(parts.get(1), sizes.shared()), axes);
    }
  }

  /** What a block adds to vectors that were normed [B, T, C]. */
  String look(int layer, String name, String x) {
    OnnxGraph graph = layers.graph();
    String queries = heads.of(layers.linear(x, name + "q"), sizes.count());
    String seen = heads.means(queries, graph.known(KEY + layer), graph.known(VALUE + layer), mask);
    return layers.linear(heads.beside(seen), name + "output");
  }
}
