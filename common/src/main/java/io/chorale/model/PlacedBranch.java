package io.chorale.model;

import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * A linear layer at a {@link Place} whose result, after dropout, is added to the residual stream;
 * and its way back.
 */
final class PlacedBranch {
  private final PlacedLinear layer;
  private final Tensor branch; // before dropout; null without
  private final Tensor mask; // null without
  private final Tensor stream;
  private final Place.Value y;
  private final Tensor ofBranch;

  /**
   * A layer.
   *
   * @param block whose part it is
   * @param part names the memory of its dropout's mask
   * @param x what it reads [N, in]
   * @param stream to which its result is added [N, C], in float32
   * @param y where the sum goes [N, C], in float32; its gradient is that of the stream, too
   */
  PlacedBranch(
      Place at,
      String block,
      String part,
      Linear linear,
      boolean drops,
      Place.Value x,
      Tensor stream,
      Place.Value y) {
    this.stream = stream;
    this.y = y;
    long width = y.tensor().size(1);
    this.branch = drops ? at.floats().get("branch", at.rows(), width) : null;
    this.mask = drops ? at.kept(at.floats(), block, part + ".mask", at.rows(), width) : null;
    this.ofBranch =
        drops || at.rounds() ? at.gradient(at.factors(), "branch", at.rows(), width) : y.gradient();
    this.layer =
        drops
            ? new PlacedLinear(at, block, linear, x, new Place.Value(branch, ofBranch), null)
            : new PlacedLinear(at, block, linear, x, new Place.Value(y.tensor(), ofBranch), stream);
  }

  void forward(Dropout dropout) {
    layer.forward(dropout);
    if (mask != null) {
      mask.copy_(dropout.apply(torch.ones_like(mask)));
      torch.mul_out(y.tensor(), branch, mask);
      y.tensor().add_(stream);
    }
  }

  void backward() {
    if (mask != null) {
      ofBranch.copy_(y.gradient().mul(mask));
    } else if (ofBranch != y.gradient()) {
      ofBranch.copy_(y.gradient());
    }
    layer.backward();
  }
}
