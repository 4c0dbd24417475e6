package io.chorale.model;

import java.util.Optional;

/**
 * The parameters of a transformer's block.
 *
 * @param name what their names begin with
 * @param qkv queries, keys and values below each other [(H + 2K) D, C]
 * @param qkNorm of each head's queries and keys [D], where there is one
 * @param memory where the block also looks at one
 * @param up of a gated layer, the first half of the rows is the gate
 */
record TransformerBlock(
    String name,
    Normalization attentionNorm,
    Linear qkv,
    Optional<QkNorm> qkNorm,
    Linear output,
    Optional<CrossAttention> memory,
    Normalization mlpNorm,
    Linear up,
    Linear down) {

  /** The parameters of the norms of queries and of keys. */
  record QkNorm(Normalization q, Normalization k) {}

  /** The parameters of a block's look at the memory. */
  record CrossAttention(Normalization norm, Linear q, Linear kv, Linear output) {}
}
