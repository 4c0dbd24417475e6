package io.chorale.model;

import io.chorale.config.AttentionSettings.Activation;
import io.chorale.tensor.Operand;
import io.chorale.tensor.Products;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * The activation between the layers of a feed-forward network at a {@link Place}, and its way back.
 */
final class PlacedActivation {
  private final Products products;
  private final Activation kind;
  private final Place.Value x;
  private final Place.Value y;
  private final Operand read;
  private final Operand result;
  private final Operand ofRead; // null where there is no way back
  private final Operand ofResult; // null where there is no way back

  /**
   * An activation.
   *
   * @param x what it reads [N, F], or [N, 2F] where it is gated: the gate first
   * @param y where its result goes [N, F]
   */
  PlacedActivation(Place at, Activation kind, Place.Value x, Place.Value y) {
    this.products = at.products();
    this.kind = kind;
    this.x = x;
    this.y = y;
    this.read = Operand.of(x.tensor());
    this.result = Operand.of(y.tensor());
    this.ofRead = at.back() ? Operand.of(x.gradient()) : null;
    this.ofResult = at.back() ? Operand.of(y.gradient()) : null;
  }

  void forward() {
    switch (kind) {
      case GELU -> torch.gelu_out(y.tensor(), x.tensor());
      case GELU_TANH -> products.geluTanh(read, result);
      case SWIGLU -> {
        torch.silu_out(y.tensor(), half(x.tensor(), 0));
        y.tensor().mul_(half(x.tensor(), 1));
      }
    }
  }

  void backward() {
    switch (kind) {
      case GELU -> torch.gelu_backward_out(x.gradient(), y.gradient(), x.tensor());
      case GELU_TANH -> products.geluTanhBackward(read, ofResult, ofRead);
      case SWIGLU -> {
        Tensor gate = half(x.tensor(), 0);
        Tensor ofX = x.gradient();
        Tensor ofY = y.gradient();
        torch.mul_out(half(ofX, 1), ofY, torch.silu(gate));
        half(ofX, 0).copy_(torch.silu_backward(ofY.mul(half(x.tensor(), 1)), gate));
      }
    }
  }

  private static Tensor half(Tensor of, int which) {
    long units = of.size(1) / 2;
    return of.narrow(1, which * units, units);
  }
}
