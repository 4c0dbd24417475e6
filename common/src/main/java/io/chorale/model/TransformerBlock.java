package io.chorale.model;

import java.util.Optional;

/**
 * The parameters of a transformer's block.
 *
 * @param name what their names begin with
 * @param qkv queries, keys and values below each other [3C, C]
 * @param memory where the block also looks at one
 * @param up of a gated layer, the first half of the rows is the gate
 */
record TransformerBlock(
    String name,
    Normalization attentionNorm,
    Linear qkv,
    Linear output,
    Optional<CrossAttention> memory,
    Normalization mlpNorm,
    Linear up,
    Linear down) {

  /** The parameters of a block's look at the memory. */
  record CrossAttention(Normalization norm, Linear q, Linear kv, Linear output) {}
}
