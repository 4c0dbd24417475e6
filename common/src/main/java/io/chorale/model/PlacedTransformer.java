package io.chorale.model;

import io.chorale.config.AttentionSettings;
import io.chorale.config.AttentionSettings.Norm;
import io.chorale.tensor.Device;
import io.chorale.tensor.Operand;
import io.chorale.tensor.StepScope;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Scalar;
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
   * Steps for each unit of a head up to which softmaxes are kept: they are then at most so many
   * times as large as what a block has read.
   */
  private static final int MOST_STEPS_OF_A_UNIT = 8;

  /** Rows are made as long as a multiple of this. */
  private static final int LENGTHS = 8;

  private final PointerScope owned;
  private final long[] shape;
  private final Tensor first;
  private final Tensor last;
  private final Tensor padding; // what is added to scores [B, 1, 1, T]; null for nothing
  private final Tensor ofLast;
  private final Tensor gradient;
  private final List<PlacedBlock> blocks = new ArrayList<>();
  private final PlacedNorm norm;

  /**
   * The shape of a pass.
   *
   * @param left whether a step sees none after it
   * @param padded whether a step that sees all must not see the end of some rows
   * @param drops whether there is dropout
   */
  record Shape(long batch, long length, long width, boolean left, boolean padded, boolean drops) {
    /** Steps of all rows: N. */
    long rows() {
      return batch * length;
    }
  }

  /** Whether rows of that length are short enough, with heads of so many units. */
  static boolean takes(long length, int units) {
    return length <= (long) MOST_STEPS_OF_A_UNIT * units;
  }

  /**
   * The length that rows are given: for batches of all lengths there would be as many kernels, so
   * they are brought down to a few.
   */
  static long length(long longest) {
    return (longest + LENGTHS - 1) / LENGTHS * LENGTHS;
  }

  /**
   * Takes the memory for a shape.
   *
   * @param turning of rotary positions
   */
  PlacedTransformer(
      Place at,
      Shape shape,
      AttentionSettings settings,
      Optional<PositionTables> turning,
      List<TransformerBlock> layers,
      Normalization after) {
    try (PointerScope scope = new PointerScope()) {
      this.shape = new long[] {shape.batch(), shape.length(), shape.width()};
      this.gradient = at.floats().get("gradient", at.rows(), shape.width());
      this.padding =
          shape.padded() ? at.floats().get("padding", shape.batch(), 1, 1, shape.length()) : null;
      PlacedBlock.Stack stack =
          new PlacedBlock.Stack(
              settings,
              shape.batch(),
              shape.drops(),
              shape.left(),
              padding == null ? null : Operand.of(padding),
              turning,
              gradient);
      Tensor x = at.floats().get("input", at.rows(), shape.width());
      this.first = x;
      for (TransformerBlock layer : layers) {
        Tensor y = at.floats().get(layer.name(), at.rows(), shape.width());
        blocks.add(new PlacedBlock(at, stack, layer, x, y));
        x = y;
      }
      this.last = at.floats().get("output", at.rows(), shape.width());
      this.ofLast = at.floats().get("of.output", at.rows(), shape.width());
      boolean mean = settings.norm() == Norm.LAYER;
      // What the head reads is float32, whatever it multiplies in.
      this.norm = new PlacedNorm(at, "norm", after, mean, x, last, ofLast, gradient);
      owned = scope.extend();
    }
  }

  /**
   * Reads a batch.
   *
   * @param x [B, T, C], of at most as many steps as the shape has
   * @param dropout drops where the shape says so
   * @return [B, T, C], in memory that the next pass overwrites
   */
  Tensor forward(Tensor x, Lengths lengths, Dropout dropout) {
    fill(first, x.detach());
    if (padding != null) {
      long length = x.size(1);
      Tensor seen = lengths.mask(Device.CPU).view(shape[0], 1, 1, length);
      padding.fill_(new Scalar(Double.NEGATIVE_INFINITY));
      padding.narrow(3, 0, length).masked_fill_(seen, new Scalar(0));
    }
    for (PlacedBlock block : blocks) {
      step(() -> block.forward(dropout));
    }
    step(norm::forward);
    return steps(last, x.size(1)).detach();
  }

  /**
   * Goes back: adds to the gradients of the parameters.
   *
   * @param ofY the gradient of what was given [B, T, C]
   * @return that of what was read [B, T, C]
   */
  Tensor backward(Tensor ofY) {
    fill(ofLast, ofY);
    gradient.zero_();
    step(norm::backward);
    for (int i = blocks.size() - 1; i >= 0; i--) {
      step(blocks.get(i)::backward);
    }
    return steps(gradient, ofY.size(1)).detach();
  }

  /** The first steps of all rows. */
  private Tensor steps(Tensor of, long length) {
    return of.view(shape).narrow(1, 0, length);
  }

  /** Puts steps at the begin of the rows, and zeros behind them. */
  private void fill(Tensor target, Tensor steps) {
    if (steps.size(1) < shape[1]) {
      target.zero_();
    }
    steps(target, steps.size(1)).copy_(steps);
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
