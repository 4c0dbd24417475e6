package io.chorale.model;

import io.chorale.tensor.Products.Activation;
import java.util.List;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * Gated recurrent unit (Cho et al., 2014), in the form of PyTorch and cuDNN, which resets after the
 * product with the recurrent matrix.
 *
 * <p>Gates in PyTorch's order: reset r, update z, new n = tanh(W x + b + r * (U h + b')). Then h =
 * (1 - z) * n + z * h.
 *
 * <p>With layer norm, r and z are normalized together and n by itself: equations 26 to 29 of arXiv
 * 1607.06450.
 */
final class GruLoop extends RecurrentLoop {
  private final StepMemory inner; // U h + b' of the new gate, [T, H, B]
  private StepMemory newGradient; // of the new gate before its tanh, [T, H, B]
  private Tensor products; // [H, B]

  GruLoop(RecurrentCell cell, Weights w, LayerProducts products, Buffers buffers, Steps steps) {
    super(
        cell,
        w,
        products,
        buffers,
        steps,
        List.of(2, 1),
        List.of(Activation.SIGMOID, Activation.SIGMOID));
    inner = memory("inner", width, false);
  }

  /** All but the recurrent bias of the new gate, which the reset gate multiplies. */
  @Override
  Tensor biasBeforeLoop() {
    Tensor bias = inputBias.clone();
    bias.narrow(0, 0, 2 * width).add_(recurrentBias.narrow(0, 0, 2 * width));
    return bias;
  }

  @Override
  List<StepMemory> states() {
    return List.of(hidden);
  }

  @Override
  void step(int t) {
    Tensor gate = gates.at(t);
    Tensor past = hidden.before(t);
    Tensor rz = gate.narrow(0, 0, 2 * width);
    activate(t, past, rz, rz);
    Tensor u = inner.at(t);
    Tensor bias = recurrentBias.narrow(0, 2 * width, width).view(width, 1);
    addProduct(t, 1, past, bias, u);
    Tensor n = gate.narrow(0, 2 * width, width).addcmul_(gate.narrow(0, 0, width), u);
    layerProducts.tanh(n, n);
    torch.lerp_out(hidden.at(t), n, past, gate.narrow(0, width, width));
  }

  @Override
  void beginBack(List<Tensor> last) {
    newGradient = memory("new.gradient", width, false);
    products = buffers.get("product", width, steps.batch());
  }

  @Override
  void stepBack(int t, Tensor gradient, Tensor back, Tensor before) {
    Tensor gate = gates.at(t);
    Tensor r = gate.narrow(0, 0, width);
    Tensor z = gate.narrow(0, width, width);
    Tensor n = gate.narrow(0, 2 * width, width);
    Tensor product = rowsOf(t, products);
    before.addcmul_(gradient, z);
    torch.sub_out(product, hidden.before(t), n).mul_(gradient);
    torch.sigmoid_backward_out(back.narrow(0, width, width), product, z);
    torch.mul_out(product, gradient, z);
    torch.sub_out(product, gradient, product);
    Tensor toNew = torch.tanh_backward_out(newGradient.at(t), product, n);
    torch.mul_out(product, toNew, inner.at(t));
    torch.sigmoid_backward_out(back.narrow(0, 0, width), product, r);
    torch.mul_out(back.narrow(0, 2 * width, width), toNew, r);
  }

  @Override
  List<Tensor> firstGradients() {
    return List.of();
  }

  @Override
  boolean toInputGradients(Tensor columns) {
    steps.copyToColumns(newGradient.all(buffers, "new.all"), columns.narrow(0, 2 * width, width));
    return true;
  }
}
