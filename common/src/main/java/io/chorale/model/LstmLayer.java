package io.chorale.model;

import io.chorale.tensor.FlatTensors;
import java.util.List;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * Long short-term memory (Hochreiter and Schmidhuber, 1997) with a forget gate (Gers et al., 2000).
 *
 * <p>Gates in PyTorch's order: input i, forget f, candidate g, output o. With c the cell: c = f * c
 * + i * g, h = o * tanh(c). The state is h and c.
 */
final class LstmLayer extends RecurrentLayer {
  private Tensor cells; // [1 + T, H, B]
  private Tensor squashed; // tanh of the cells after each step, [T, H, B]
  private Tensor cellGradient; // [H, B]
  private Tensor product; // [H, B]

  LstmLayer(FlatTensors weights, int layer) {
    super(weights, layer);
  }

  @Override
  Tensor biasBeforeLoop() {
    return inputBias.add(recurrentBias);
  }

  @Override
  void begin(List<Tensor> state) {
    cells = buffers.get("cells", length + 1, width, batch);
    squashed = buffers.get("squashed", length, width, batch);
    if (state.isEmpty()) {
      hidden.select(0, 0).zero_();
      cells.select(0, 0).zero_();
    } else {
      hidden.select(0, 0).copy_(state.get(0));
      cells.select(0, 0).copy_(state.get(1));
    }
  }

  @Override
  void step(long t) {
    Tensor gate = gates.select(0, t);
    torch.addmm_out(gate, gate, recurrentMatrix, hidden.select(0, t));
    gate.narrow(0, 0, 2 * width).sigmoid_();
    Tensor g = gate.narrow(0, 2 * width, width).tanh_();
    Tensor o = gate.narrow(0, 3 * width, width).sigmoid_();
    Tensor cell = cells.select(0, t + 1);
    torch.mul_out(cell, gate.narrow(0, width, width), cells.select(0, t));
    cell.addcmul_(gate.narrow(0, 0, width), g);
    torch.mul_out(hidden.select(0, t + 1), o, torch.tanh_out(squashed.select(0, t), cell));
  }

  @Override
  List<Tensor> state() {
    return List.of(hidden.select(0, length).clone(), cells.select(0, length).clone());
  }

  @Override
  void beginBack() {
    cellGradient = buffers.get("cell.gradient", width, batch).zero_();
    product = buffers.get("product", width, batch);
  }

  @Override
  void stepBack(long t, Tensor gradient, Tensor back, Tensor before) {
    Tensor gate = gates.select(0, t);
    Tensor i = gate.narrow(0, 0, width);
    Tensor f = gate.narrow(0, width, width);
    Tensor g = gate.narrow(0, 2 * width, width);
    Tensor o = gate.narrow(0, 3 * width, width);
    Tensor tanh = squashed.select(0, t);
    torch.mul_out(product, gradient, tanh);
    torch.sigmoid_backward_out(back.narrow(0, 3 * width, width), product, o);
    torch.mul_out(product, gradient, o);
    cellGradient.add_(torch.tanh_backward_out(gradient, product, tanh));
    torch.mul_out(product, cellGradient, g);
    torch.sigmoid_backward_out(back.narrow(0, 0, width), product, i);
    torch.mul_out(product, cellGradient, cells.select(0, t));
    torch.sigmoid_backward_out(back.narrow(0, width, width), product, f);
    torch.mul_out(product, cellGradient, i);
    torch.tanh_backward_out(back.narrow(0, 2 * width, width), product, g);
    cellGradient.mul_(f);
  }
}
