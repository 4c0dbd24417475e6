package io.chorale.model;

import io.chorale.config.AttentionSettings.Activation;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * The activation between the layers of a feed-forward network at a {@link Place}, and its way back.
 *
 * @param x what it reads [N, F], or [N, 2F] where it is gated: the gate first
 * @param y where its result goes [N, F]
 */
record PlacedActivation(Activation kind, Place.Value x, Place.Value y) {

  void forward() {
    Tensor read = x.tensor();
    if (!kind.gated()) {
      torch.gelu_out(y.tensor(), read, approximation());
      return;
    }
    torch.silu_out(y.tensor(), half(read, 0));
    y.tensor().mul_(half(read, 1));
  }

  void backward() {
    Tensor read = x.tensor();
    Tensor ofX = x.gradient();
    Tensor ofY = y.gradient();
    if (!kind.gated()) {
      torch.gelu_backward_out(ofX, ofY, read, approximation());
      return;
    }
    Tensor gate = half(read, 0);
    torch.mul_out(half(ofX, 1), ofY, torch.silu(gate));
    half(ofX, 0).copy_(torch.silu_backward(ofY.mul(half(read, 1)), gate));
  }

  private String approximation() {
    return kind == Activation.GELU_TANH ? "tanh" : "none";
  }

  private static Tensor half(Tensor of, int which) {
    long units = of.size(1) / 2;
    return of.narrow(1, which * units, units);
  }
}
