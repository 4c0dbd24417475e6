package io.chorale.model;

import io.chorale.config.AttentionHeads;
import io.chorale.config.AttentionSettings;
import io.chorale.config.AttentionSettings.Activation;
import io.chorale.config.AttentionSettings.Norm;
import java.util.List;
import java.util.Optional;
import org.bytedeco.pytorch.Tensor;

/** A transformer's block at a {@link Place}, and its way back. */
final class PlacedBlock {
  private final PlacedNorm attentionNorm;
  private final PlacedLinear qkv;
  private final PlacedHeads heads;
  private final PlacedAttention attention;
  private final PlacedBranch output;
  private final Optional<PlacedMemory> memory;
  private final PlacedNorm mlpNorm;
  private final PlacedLinear up;
  private final PlacedActivation activation;
  private final PlacedBranch down;

  /**
   * The settings and the memory that all blocks of a stack share.
   *
   * @param batch rows: B
   * @param width C
   * @param drops whether there is dropout
   * @param mask of steps that a step does not see
   * @param seen what blocks look at
   * @param turning of rotary positions
   */
  record Stack(
      AttentionSettings settings,
      long batch,
      long width,
      boolean drops,
      PlacedMask mask,
      Optional<PlacedMemory.Seen> seen,
      Optional<PositionTables> turning) {

    /** Whether norms take the mean away. */
    boolean centres() {
      return settings.norm() == Norm.LAYER;
    }

    /** What a norm gives: a factor, whose gradient is in float32. */
    Place.Value normed(Place at, String block, String part) {
      return new Place.Value(
          at.kept(at.factors(), block, part, at.rows(), width),
          at.gradient(at.floats(), "normed", at.rows(), width));
    }

    /** The sizes of its heads. */
    AttentionHeads sizes() {
      return settings.heads(Math.toIntExact(width));
    }

    /**
     * Heads [B, count, T, D] of those that stand beside each other in each row of a matrix.
     *
     * @param begin the column of the first one
     */
    Tensor heads(Tensor beside, long begin, int count) {
      int size = sizes().size();
      return beside
          .view(batch, -1, beside.size(1))
          .narrow(2, begin, (long) count * size)
          .unflatten(2, count, size)
          .transpose(1, 2);
    }

    /** As {@link #heads(Tensor, long, int)}, also of the gradient. */
    Place.Value heads(Place.Value beside, long begin, int count) {
      return new Place.Value(
          heads(beside.tensor(), begin, count),
          beside.gradient() == null ? null : heads(beside.gradient(), begin, count));
    }
  }

  /**
   * A block.
   *
   * @param x what it reads [N, C], in float32; before its way back its gradient is that of what it
   *     gives, since both are the residual stream's
   * @param y where its result goes; the same gradient
   */
  PlacedBlock(Place at, Stack stack, TransformerBlock block, Place.Value x, Place.Value y) {
    String name = block.name();
    boolean drops = stack.drops();
    long rows = at.rows();
    AttentionHeads sizes = stack.sizes();
    long units = block.down().matrix().shape()[1];
    Activation kind = stack.settings().activation();

    Place.Value normed = stack.normed(at, name, "attention.normed");
    Place.Value projected = at.factor(name, "qkv", rows, sizes.together());
    Place.Value means = at.factor(name, "means", rows, sizes.queries());
    Place.Value middle = stream(at, name, "middle", x);
    Place.Value middleNormed = stack.normed(at, name, "mlp.normed");
    Place.Value raised = at.factor(name, "up", rows, kind.gated() ? 2 * units : units);
    Place.Value activated = at.factor(name, "activated", rows, units);

    attentionNorm =
        new PlacedNorm(at, name, "attention", block.attentionNorm(), stack.centres(), x, normed);
    qkv = new PlacedLinear(at, name, block.qkv(), normed, projected, null);
    heads = new PlacedHeads(at, stack, block, projected);
    attention =
        new PlacedAttention(
            at,
            name,
            "attention",
            heads.heads(),
            stack.mask(),
            stack.heads(means, 0, sizes.count()),
            heads.ofHeads());
    output = new PlacedBranch(at, name, "output", block.output(), drops, means, x.tensor(), middle);
    Place.Value looked = stack.seen().isPresent() ? stream(at, name, "looked", x) : middle;
    memory =
        stack
            .seen()
            .map(
                seen ->
                    new PlacedMemory(
                        at, stack, seen, name, block.memory().orElseThrow(), middle, looked));
    mlpNorm =
        new PlacedNorm(at, name, "mlp", block.mlpNorm(), stack.centres(), looked, middleNormed);
    up = new PlacedLinear(at, name, block.up(), middleNormed, raised, null);
    activation = new PlacedActivation(at, kind, raised, activated);
    down = new PlacedBranch(at, name, "down", block.down(), drops, activated, looked.tensor(), y);
  }

  /** The residual stream at a place within the block. */
  private static Place.Value stream(Place at, String block, String part, Place.Value x) {
    return new Place.Value(
        at.kept(at.floats(), block, part, at.rows(), x.tensor().size(1)), x.gradient());
  }

  void forward(Dropout dropout) {
    attentionNorm.forward();
    qkv.forward(dropout);
    heads.forward();
    attention.forward();
    output.forward(dropout);
    memory.ifPresent(look -> look.forward(dropout));
    mlpNorm.forward();
    up.forward(dropout);
    activation.forward();
    down.forward(dropout);
  }

  /** Copies of the keys and values of the first steps [B, K, T, D], as the block has read them. */
  List<Tensor> keys(long length) {
    return heads.keys(length);
  }

  void backward() {
    down.backward();
    activation.backward();
    up.backward();
    mlpNorm.backward();
    memory.ifPresent(PlacedMemory::backward);
    output.backward();
    attention.backward();
    heads.backward();
    qkv.backward();
    attentionNorm.backward();
  }
}
