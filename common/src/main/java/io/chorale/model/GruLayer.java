package io.chorale.model;

import io.chorale.tensor.FlatTensors;
import java.util.List;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * Gated recurrent unit (Cho et al., 2014), in the form of PyTorch and cuDNN, which resets after the
 * product with the recurrent matrix.
 *
 * <p>Gates in PyTorch's order: reset r, update z, new n = tanh(W x + b + r * (U h + b')). Then h =
 * (1 - z) * n + z * h.
 */
final class GruLayer extends RecurrentLayer {
  private Tensor inner; // U h + b' of the new gate, [T, H, B]
  private Tensor newGradient; // of the new gate before its tanh, [T, H, B]
  private Tensor product; // [H, B]

  GruLayer(FlatTensors weights, int layer) {
    super(weights, layer);
  }

  /** All but the recurrent bias of the new gate, which the reset gate multiplies. */
  @Override
  Tensor biasBeforeLoop() {
    Tensor bias = inputBias.clone();
    bias.narrow(0, 0, 2 * width).add_(recurrentBias.narrow(0, 0, 2 * width));
    return bias;
  }

  @Override
  void begin(List<Tensor> state) {
    inner = buffers.get("inner", length, width, batch);
    if (state.isEmpty()) {
      hidden.select(0, 0).zero_();
    } else {
      hidden.select(0, 0).copy_(state.get(0));
    }
  }

  @Override
  void step(long t) {
    Tensor gate = gates.select(0, t);
    Tensor past = hidden.select(0, t);
    Tensor rz = gate.narrow(0, 0, 2 * width);
    torch.addmm_out(rz, rz, recurrentMatrix.narrow(0, 0, 2 * width), past).sigmoid_();
    Tensor u = inner.select(0, t);
    Tensor bias = recurrentBias.narrow(0, 2 * width, width).view(width, 1);
    torch.addmm_out(u, bias, recurrentMatrix.narrow(0, 2 * width, width), past);
    Tensor n = gate.narrow(0, 2 * width, width).addcmul_(gate.narrow(0, 0, width), u).tanh_();
    torch.lerp_out(hidden.select(0, t + 1), n, past, gate.narrow(0, width, width));
  }

  @Override
  List<Tensor> state() {
    return List.of(hidden.select(0, length).clone());
  }

  @Override
  void beginBack() {
    newGradient = buffers.get("new.gradient", length, width, batch);
    product = buffers.get("product", width, batch);
  }

  @Override
  void stepBack(long t, Tensor gradient, Tensor back, Tensor before) {
    Tensor gate = gates.select(0, t);
    Tensor r = gate.narrow(0, 0, width);
    Tensor z = gate.narrow(0, width, width);
    Tensor n = gate.narrow(0, 2 * width, width);
    before.addcmul_(gradient, z);
    torch.sub_out(product, hidden.select(0, t), n).mul_(gradient);
    torch.sigmoid_backward_out(back.narrow(0, width, width), product, z);
    torch.mul_out(product, gradient, z);
    torch.sub_out(product, gradient, product);
    Tensor toNew = torch.tanh_backward_out(newGradient.select(0, t), product, n);
    torch.mul_out(product, toNew, inner.select(0, t));
    torch.sigmoid_backward_out(back.narrow(0, 0, width), product, r);
    torch.mul_out(back.narrow(0, 2 * width, width), toNew, r);
  }

  @Override
  void toInputGradients(Tensor columns) {
    columns
        .narrow(0, 2 * width, width)
        .view(width, length, batch)
        .copy_(newGradient.permute(1, 0, 2));
  }
}
