package io.chorale.model;

import org.bytedeco.pytorch.ScalarTypeOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * Keys and values that groups of queries share at a {@link Place}: repeated for each head of
 * queries, in memory that one block after the other has, and their gradients summed up.
 */
final class PlacedGroups {
  private static final long[] GROUP = {2};

  private final PlacedAttention.Heads shared;
  private final PlacedAttention.Heads ofShared; // null where there is no way back
  private final PlacedAttention.Heads repeated;
  private final PlacedAttention.Heads ofRepeated; // null where there is no way back

  /**
   * Repeats keys and values [B, K, S, D].
   *
   * @param name of the attention, for its memory
   * @param of where the gradients of the heads go; null where there is no way back
   */
  PlacedGroups(Place at, String name, PlacedAttention.Heads heads, PlacedAttention.Heads of) {
    shared = heads;
    ofShared = of;
    repeated =
        new PlacedAttention.Heads(
            heads.q(), memory(at.factors(), name + ".k"), memory(at.factors(), name + ".v"));
    ofRepeated =
        at.back()
            ? new PlacedAttention.Heads(
                of.q(),
                memory(at.factors(), "of." + name + ".k"),
                memory(at.factors(), "of." + name + ".v"))
            : null;
  }

  private Tensor memory(Buffers buffers, String name) {
    Tensor q = shared.q();
    return buffers.get(name, q.size(0), q.size(1), shared.k().size(2), q.size(3));
  }

  /** As many heads of keys and values as of queries. */
  PlacedAttention.Heads repeated() {
    return repeated;
  }

  /** Where their gradients go; null where there is no way back. */
  PlacedAttention.Heads ofRepeated() {
    return ofRepeated;
  }

  /** Puts keys and values there. */
  void repeat() {
    grouped(repeated.k()).copy_(shared.k().unsqueeze(2));
    grouped(repeated.v()).copy_(shared.v().unsqueeze(2));
  }

  /** Puts the sums of their gradients where they go. */
  void sum() {
    sum(ofRepeated.k(), ofShared.k());
    sum(ofRepeated.v(), ofShared.v());
  }

  private void sum(Tensor from, Tensor to) {
    to.copy_(grouped(from).sum(GROUP, false, new ScalarTypeOptional(torch.ScalarType.Float)));
  }

  /** Heads by the group that they are of [B, K, H/K, S, D]. */
  private Tensor grouped(Tensor heads) {
    return heads.unflatten(1, shared.k().size(1), -1);
  }
}
