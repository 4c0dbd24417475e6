package io.chorale.export;

import java.util.Map;

/**
 * Adds a recurrent decoder's look at a memory, global attention, after its last layer. The
 * encoder's vectors {@code memory} [B, S, W], keys made of them {@code memory_key} [B, S, H], and
 * the states to begin with, {@code h0}, {@code c0}, …, are made once, beside the encoder.
 */
final class OnnxGlobalAttention {
  private static final String MEMORY = "memory";
  private static final String KEYS = "memory_key";

  private final OnnxLayers layers;
  private final String memory;
  private final String keys;
  private final String mask; // [B, 1, S]

  /** Of a decoder whose parameters the layers have; what it looks at comes into their graph. */
  OnnxGlobalAttention(OnnxLayers layers) {
    this.layers = layers;
    OnnxGraph graph = layers.graph();
    long width = layers.facts().width();
    memory =
        graph.input(
            MEMORY,
            false,
            OnnxTask.BATCH,
            OnnxTask.SOURCE,
            layers.facts().parameter("attention.score.weight").shape()[1]);
    keys = graph.input(KEYS, false, OnnxTask.BATCH, OnnxTask.SOURCE, width);
    mask = OnnxRows.ragged(graph, memory, 1).padding(graph, 1);
  }

  /** Gives what a decoder takes of what an encoder has read [B, S, W]. */
  static void give(OnnxLayers decoder, OnnxRecurrent encoder, String read, OnnxTask.Giver giver) {
    long width = decoder.facts().width();
    long wide = decoder.facts().parameter("attention.score.weight").shape()[1];
    giver.give(MEMORY, read, OnnxTask.BATCH, OnnxTask.SOURCE, wide);
    String keys = decoder.linear(read, "attention.score");
    giver.give(KEYS, keys, OnnxTask.BATCH, OnnxTask.SOURCE, width);
    OnnxGraph graph = decoder.graph();
    encoder
        .ends()
        .forEach(
            (name, both) -> {
              String state = name.startsWith("h") ? "hidden" : "cell";
              String layer = "bridge_l%s.%s".formatted(name.substring(1), state);
              String first = graph.add("Unsqueeze", decoder.linear(both, layer), graph.integers(0));
              giver.give(name, first, 1L, OnnxTask.BATCH, width);
            });
  }

  /** The results [B, T, H] of hidden states [B, T, H]. */
  String look(String hidden) {
    OnnxGraph graph = layers.graph();
    String scores = graph.add("MatMul", hidden, layers.turned(keys, 0, 2, 1)); // [B, T, S]
    String weights = graph.add("Softmax", Map.of("axis", -1), graph.add("Add", scores, mask));
    String context = graph.add("MatMul", weights, memory);
    String both = graph.add("Concat", Map.of("axis", -1), context, hidden);
    return graph.add("Tanh", layers.linear(both, "attention.combined"));
  }
}
