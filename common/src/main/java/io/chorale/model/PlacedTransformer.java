package io.chorale.model;

import io.chorale.config.AttentionSettings.Norm;
import io.chorale.config.AttentionSettings.Positions;
import io.chorale.model.Place.Keeps;
import io.chorale.model.Place.Value;
import io.chorale.tensor.StepScope;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;

/**
 * The blocks of a transformer and the norm after them for batches of one shape, over memory that
 * every step uses again, with a way back that is written by hand: autograd sees none of it.
 *
 * <p>Products read queries, keys and values where a linear layer has put them, add what stands in
 * the residual stream, and add gradients of matrices to where they are summed up.
 */
final class PlacedTransformer implements AutoCloseable {
  /**
   * Steps for each unit of the width up to which rows whose softmaxes are not kept are taken: of
   * longer ones attention is most of the work, and libtorch's, which never holds them, as fast.
   */
  private static final int MOST_STEPS_OF_A_UNIT = 4;

  /** Rows are made as long as a multiple of this. */
  private static final int LENGTHS = 8;

  private final PointerScope owned;
  private final Shape shape;
  private final Value first;
  private final Value last;
  private final PlacedMask mask;
  private final Optional<PlacedMemory.Seen> seen;
  private final List<PlacedBlock> blocks = new ArrayList<>();
  private final List<Dropout> again =
      new ArrayList<>(); // that of each block, where it is computed again
  private final PlacedNorm norm;

  /**
   * The shape of a pass.
   *
   * @param length of rows, as {@link PlacedTransformer#length} makes it
   * @param hidden what a step must not see
   * @param memory of what blocks look at
   * @param drops whether there is dropout
   */
  record Shape(
      long batch,
      long length,
      PlacedMask.Kind hidden,
      Optional<MemoryShape> memory,
      boolean drops,
      Keeps keeps) {
    /** Steps of all rows: N. */
    long rows() {
      return batch * length;
    }
  }

  /**
   * The shape of a memory.
   *
   * @param length of its rows: S
   * @param hidden what must not be seen of it
   */
  record MemoryShape(long length, PlacedMask.Kind hidden) {}

  /**
   * The length that rows are given: for batches of all lengths there would be as many kernels, so
   * they are brought down to a few.
   */
  static long length(long longest) {
    return (longest + LENGTHS - 1) / LENGTHS * LENGTHS;
  }

  /**
   * Whether rows are short enough.
   *
   * @param length of them, or of those that they look at
   * @param units of a head
   * @param again whether softmaxes of all pairs of steps would be computed again on the way back
   */
  static boolean takes(long length, long width, long units, boolean again) {
    return PlacedAttention.keeps(length, units)
        || (!again && length <= MOST_STEPS_OF_A_UNIT * width);
  }

  /**
   * Whether rows of that length may be shared by documents. All of a row is multiplied, and other
   * documents hidden: in rows so short that attention is at most a sixth of the products.
   */
  static boolean takesDocuments(long length, long width) {
    return length <= 2 * width;
  }

  /** What must not be seen of rows that are read as a whole: also their end, if made longer. */
  static PlacedMask.Kind padding(Lengths lengths) {
    boolean full = lengths.equal() && lengths.longest() == length(lengths.longest());
    return full ? PlacedMask.Kind.NONE : PlacedMask.Kind.PADDING;
  }

  /** Takes the memory for a shape. */
  PlacedTransformer(Place at, Shape shape, TransformerParameters parameters) {
    try (PointerScope scope = new PointerScope()) {
      this.shape = shape;
      long width = parameters.width();
      long heads = parameters.settings().heads();
      Tensor gradient = at.gradient(at.floats(), "stream", at.rows(), width);
      boolean left =
          shape.hidden() == PlacedMask.Kind.LATER || shape.hidden() == PlacedMask.Kind.OTHERS;
      this.mask =
          new PlacedMask(
              at,
              "hidden",
              shape.hidden(),
              shape.batch(),
              heads,
              shape.length(),
              PlacedAttention.parts(shape.length(), left, shape.length()));
      this.seen = shape.memory().map(memory -> seen(at, memory, heads, width));
      PlacedBlock.Stack stack =
          new PlacedBlock.Stack(
              parameters.settings(),
              shape.batch(),
              width,
              shape.drops(),
              mask,
              seen,
              parameters.settings().positions() == Positions.ROTARY
                  ? Optional.of(parameters.tables(at.w()))
                  : Optional.empty());
      this.first = new Value(at.floats().get("input", at.rows(), width), gradient);
      Value x = first;
      for (TransformerBlock layer : parameters.blocks()) {
        // Without a way back a block may write over what it has read.
        Value y =
            at.back() ? new Value(at.floats().get(layer.name(), at.rows(), width), gradient) : x;
        blocks.add(new PlacedBlock(at, stack, layer, x, y));
        x = y;
      }
      this.last =
          new Value(
              at.floats().get("output", at.rows(), width),
              at.gradient(at.floats(), "output", at.rows(), width));
      boolean centres = parameters.settings().norm() == Norm.LAYER;
      // What the head reads is float32, whatever it multiplies in.
      this.norm = new PlacedNorm(at, "after", "norm", parameters.norm(), centres, x, last);
      owned = scope.extend();
    }
  }

  private PlacedMemory.Seen seen(Place at, MemoryShape memory, long heads, long width) {
    long rows = shape.batch() * memory.length();
    PlacedMask padding =
        new PlacedMask(
            at,
            "memory.hidden",
            memory.hidden(),
            shape.batch(),
            heads,
            memory.length(),
            PlacedAttention.parts(shape.length(), false, memory.length()));
    return new PlacedMemory.Seen(
        new Value(
            at.factors().get("memory", rows, width),
            at.gradient(at.floats(), "memory", rows, width)),
        padding);
  }

  /**
   * Reads a batch.
   *
   * @param x [B, T, C], of at most as many steps as the shape has
   * @param memory where blocks look at one
   * @param dropout drops where the shape says so
   * @param keys to which the keys and values of each block are added, where they are wanted
   * @return [B, T, C]; where there is a way back, in memory that the next pass overwrites
   */
  Tensor forward(
      Tensor x,
      Lengths lengths,
      Optional<Memory> memory,
      Dropout dropout,
      Optional<List<Tensor>> keys) {
    fill(first.tensor(), shape.length(), x.detach());
    mask.fill(lengths);
    memory.ifPresent(
        read -> {
          fill(seenValues().tensor(), memoryLength(), read.values().detach());
          seen.orElseThrow().mask().fill(read.lengths());
        });
    again.clear();
    for (PlacedBlock block : blocks) {
      if (shape.keeps() == Keeps.INPUTS) {
        again.add(dropout.fork());
      }
      step(() -> block.forward(dropout));
      keys.ifPresent(all -> all.addAll(block.keys(x.size(1))));
    }
    step(norm::forward);
    Tensor y = steps(last.tensor(), shape.length(), x.size(1));
    return shape.keeps() == Keeps.NOTHING ? y.clone() : y.detach();
  }

  /**
   * Goes back: adds to the gradients of the parameters.
   *
   * @param ofY the gradient of what was given [B, T, C]
   * @return those of what was read [B, T, C], and of the memory
   */
  List<Tensor> backward(Tensor ofY, Optional<Memory> memory) {
    fill(last.gradient(), shape.length(), ofY);
    first.gradient().zero_();
    memory.ifPresent(read -> seenValues().gradient().zero_());
    step(norm::backward);
    for (int i = blocks.size() - 1; i >= 0; i--) {
      PlacedBlock block = blocks.get(i);
      if (shape.keeps() == Keeps.INPUTS) {
        Dropout same = again.get(i);
        step(() -> block.forward(same));
      }
      step(block::backward);
    }
    List<Tensor> gradients = new ArrayList<>();
    gradients.add(steps(first.gradient(), shape.length(), ofY.size(1)).detach());
    memory.ifPresent(
        read ->
            gradients.add(
                steps(seenValues().gradient(), memoryLength(), read.values().size(1)).detach()));
    return gradients;
  }

  private Value seenValues() {
    return seen.orElseThrow().values();
  }

  private long memoryLength() {
    return shape.memory().orElseThrow().length();
  }

  /** The first steps of all rows [N, C] of some length. */
  private Tensor steps(Tensor of, long length, long some) {
    return of.view(shape.batch(), length, of.size(1)).narrow(1, 0, some);
  }

  /** Puts steps at the begin of the rows, and zeros behind them. */
  private void fill(Tensor target, long length, Tensor steps) {
    if (steps.size(1) < length) {
      target.zero_();
    }
    steps(target, length, steps.size(1)).copy_(steps);
  }

  /** Runs a part, and frees what operators have made in passing. */
  private static void step(Runnable part) {
    try (StepScope scope = new StepScope()) {
      part.run();
    }
  }

  @Override
  public void close() {
    owned.close();
  }
}
