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
  private final Tensor y;
  private final Tensor ofY;
  private final Tensor ofBranch;

  /**
   * A layer.
   *
   * @param name of the memory of its dropout's mask
   * @param x what it reads [N, in]
   * @param stream to which its result is added [N, C], in float32
   * @param y where the sum goes [N, C], in float32
   * @param ofY where the gradient of y will be, which is that of the stream, too
   * @param ofX where that of x goes
   */
  PlacedBranch(
      Place at,
      String name,
      Linear linear,
      boolean drops,
      Tensor x,
      Tensor stream,
      Tensor y,
      Tensor ofY,
      Tensor ofX) {
    this.stream = stream;
    this.y = y;
    this.ofY = ofY;
    long width = y.size(1);
    this.branch = drops ? at.floats().get("branch", at.rows(), width) : null;
    this.mask = drops ? at.floats().get(name + ".mask", at.rows(), width) : null;
    this.ofBranch = drops || at.rounds() ? at.factors().get("of.branch", at.rows(), width) : ofY;
    this.layer =
        drops
            ? new PlacedLinear(at, linear, x, branch, null, ofBranch, ofX)
            : new PlacedLinear(at, linear, x, y, stream, ofBranch, ofX);
  }

  void forward(Dropout dropout) {
    layer.forward();
    if (mask != null) {
      mask.copy_(dropout.apply(torch.ones_like(mask)));
      torch.mul_out(y, branch, mask);
      y.add_(stream);
    }
  }

  void backward() {
    if (mask != null) {
      ofBranch.copy_(ofY.mul(mask));
    } else if (ofBranch != ofY) {
      ofBranch.copy_(ofY);
    }
    layer.backward();
  }
}
