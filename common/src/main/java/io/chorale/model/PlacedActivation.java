package io.chorale.model;

import io.chorale.config.AttentionSettings.Activation;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * The activation between the layers of a feed-forward network at a {@link Place}, and its way back.
 *
 * @param x what it reads [N, F], or [N, 2F] where it is gated: the gate first
 * @param y where its result goes [N, F]
 * @param ofX where the gradient of x goes
 * @param ofY where the gradient of y will be
 */
record PlacedActivation(Activation kind, Tensor x, Tensor y, Tensor ofX, Tensor ofY) {

  void forward() {
    if (kind == Activation.GELU) {
      torch.gelu_out(y, x);
      return;
    }
    torch.silu_out(y, half(x, 0));
    y.mul_(half(x, 1));
  }

  void backward() {
    if (kind == Activation.GELU) {
      torch.gelu_backward_out(ofX, ofY, x);
      return;
    }
    Tensor gate = half(x, 0);
    torch.mul_out(half(ofX, 1), ofY, torch.silu(gate));
    half(ofX, 0).copy_(torch.silu_backward(ofY.mul(half(x, 1)), gate));
  }

  private static Tensor half(Tensor of, int which) {
    long units = of.size(1) / 2;
    return of.narrow(1, which * units, units);
  }
}
