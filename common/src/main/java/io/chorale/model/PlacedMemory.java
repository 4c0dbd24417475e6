package io.chorale.model;

import io.chorale.config.AttentionHeads;
import io.chorale.tensor.Products;
import org.bytedeco.pytorch.Tensor;

/** A block's look at a memory at a {@link Place}, and its way back. */
final class PlacedMemory {
  private final PlacedNorm norm;
  private final PlacedLinear q;
  private final PlacedLinear kv;
  private final PlacedAttention attention;
  private final PlacedBranch output;

  /**
   * The memory of all blocks.
   *
   * @param values [B S, C] in the type in which matrices are multiplied; to its gradient, in
   *     float32, is added
   * @param mask of its padding
   */
  record Seen(Place.Value values, PlacedMask mask) {}

  /**
   * A look.
   *
   * @param x the residual stream [N, C]
   * @param y where the sum with it goes
   */
  PlacedMemory(
      Place at,
      PlacedBlock.Stack stack,
      Seen seen,
      String block,
      TransformerBlock.CrossAttention layers,
      Place.Value x,
      Place.Value y) {
    long rows = at.rows();
    AttentionHeads sizes = stack.sizes();
    Place.Value normed = stack.normed(at, block, "memory.normed");
    Place.Value queries = at.factor(block, "memory.q", rows, sizes.queries());
    Place.Value keys =
        at.factor(block, "memory.kv", seen.values().tensor().size(0), 2L * sizes.keys());
    Place.Value means = at.factor(block, "memory.means", rows, sizes.queries());
    norm = new PlacedNorm(at, block, "memory", layers.norm(), stack.centres(), x, normed);
    q = new PlacedLinear(at, block, layers.q(), normed, queries, null);
    kv = new PlacedLinear(at, block, layers.kv(), seen.values(), keys, null, Products.Form.ADDED);
    attention =
        new PlacedAttention(
            at,
            block,
            "memory",
            heads(stack, queries.tensor(), keys.tensor()),
            seen.mask(),
            stack.heads(means, 0, sizes.count()),
            at.back() ? heads(stack, queries.gradient(), keys.gradient()) : null);
    output =
        new PlacedBranch(
            at, block, "memory.output", layers.output(), stack.drops(), means, x.tensor(), y);
  }

  private static PlacedAttention.Heads heads(PlacedBlock.Stack stack, Tensor q, Tensor kv) {
    AttentionHeads sizes = stack.sizes();
    return new PlacedAttention.Heads(
        stack.heads(q, 0, sizes.count()),
        stack.heads(kv, 0, sizes.shared()),
        stack.heads(kv, sizes.keys(), sizes.shared()));
  }

  void forward(Dropout dropout) {
    norm.forward();
    q.forward(dropout);
    kv.forward(dropout);
    attention.forward();
    output.forward(dropout);
  }

  void backward() {
    output.backward();
    attention.backward();
    kv.backward();
    q.backward();
    norm.backward();
  }
}
