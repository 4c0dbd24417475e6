package io.chorale.model;

import io.chorale.config.AttentionHeads;
import io.chorale.model.Place.Value;
import java.util.List;
import java.util.Optional;
import org.bytedeco.pytorch.Tensor;

/**
 * Queries, keys and values of self-attention at a {@link Place}, and their way back: the heads of
 * what a layer gave, of which queries and keys may be normed, and then turned.
 */
final class PlacedHeads {
  private final PlacedAttention.Heads heads;
  private final PlacedAttention.Heads ofHeads; // null where there is no way back
  private final List<PlacedHeadNorm> norms;
  private final Optional<PositionTables> turning;

  /**
   * The heads of a block.
   *
   * @param together queries, keys and values side by side [N, (H + 2K) D]
   */
  PlacedHeads(Place at, PlacedBlock.Stack stack, TransformerBlock block, Value together) {
    AttentionHeads sizes = stack.sizes();
    turning = stack.turning();
    Value q = stack.heads(together, 0, sizes.count());
    Value k = stack.heads(together, sizes.queries(), sizes.shared());
    Value v = stack.heads(together, sizes.queries() + sizes.keys(), sizes.shared());
    if (block.qkNorm().isEmpty()) {
      norms = List.of();
    } else {
      Value normed =
          at.factor(block.name(), "qk.normed", at.rows(), sizes.queries() + sizes.keys());
      Value normedQ = stack.heads(normed, 0, sizes.count());
      Value normedK = stack.heads(normed, sizes.queries(), sizes.shared());
      TransformerBlock.QkNorm norm = block.qkNorm().get();
      norms =
          List.of(
              new PlacedHeadNorm(at, block.name(), "q", norm.q(), q, normedQ),
              new PlacedHeadNorm(at, block.name(), "k", norm.k(), k, normedK));
      q = normedQ;
      k = normedK;
    }
    heads = new PlacedAttention.Heads(q.tensor(), k.tensor(), v.tensor());
    ofHeads =
        at.back() ? new PlacedAttention.Heads(q.gradient(), k.gradient(), v.gradient()) : null;
  }

  /** What attention reads. */
  PlacedAttention.Heads heads() {
    return heads;
  }

  /** Where the gradients of that go; null where there is no way back. */
  PlacedAttention.Heads ofHeads() {
    return ofHeads;
  }

  void forward() {
    norms.forEach(PlacedHeadNorm::forward);
    turning.ifPresent(
        tables -> {
          heads.q().copy_(tables.rotate(heads.q(), 0));
          heads.k().copy_(tables.rotate(heads.k(), 0));
        });
  }

  void backward() {
    turning.ifPresent(
        tables -> {
          ofHeads.q().copy_(tables.rotateBack(ofHeads.q(), 0));
          ofHeads.k().copy_(tables.rotateBack(ofHeads.k(), 0));
        });
    norms.forEach(PlacedHeadNorm::backward);
  }

  /** Copies of the keys and values of the first steps [B, K, T, D], as attention has read them. */
  List<Tensor> keys(long length) {
    return List.of(copy(heads.k(), length), copy(heads.v(), length));
  }

  private static Tensor copy(Tensor of, long length) {
    return of.narrow(2, 0, length).clone(); // contiguous() gives a view of one step
  }
}
