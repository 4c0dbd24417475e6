package io.chorale.model;

import java.util.List;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * Long short-term memory (Hochreiter and Schmidhuber, 1997) with a forget gate (Gers et al., 2000).
 *
 * <p>Gates in PyTorch's order: input i, forget f, candidate g, output o. With c the cell: c = f * c
 * + i * g, h = o * tanh(c). The state is h and c.
 */
final class LstmLoop extends RecurrentLoop {
  private final StepMemory cells; // [1 + T, H, B]
  private final StepMemory squashed; // tanh of the cells after each step, [T, H, B]
  private Tensor cellGradients; // [H, B]
  private Tensor products; // [H, B]

  LstmLoop(RecurrentCell cell, Weights w, Buffers buffers, Steps steps) {
    super(cell, w, buffers, steps);
    cells = memory("cells", width, true);
    squashed = memory("squashed", width, false);
  }

  @Override
  Tensor biasBeforeLoop() {
    return inputBias.add(recurrentBias);
  }

  @Override
  List<StepMemory> states() {
    return List.of(hidden, cells);
  }

  @Override
  void step(int t) {
    Tensor gate = gates.at(t);
    torch.addmm_out(gate, gate, recurrentMatrix, hidden.before(t));
    gate.narrow(0, 0, 2 * width).sigmoid_();
    Tensor g = gate.narrow(0, 2 * width, width).tanh_();
    Tensor o = gate.narrow(0, 3 * width, width).sigmoid_();
    Tensor cell = cells.at(t);
    torch.mul_out(cell, gate.narrow(0, width, width), cells.before(t));
    cell.addcmul_(gate.narrow(0, 0, width), g);
    torch.mul_out(hidden.at(t), o, torch.tanh_out(squashed.at(t), cell));
  }

  @Override
  void beginBack(List<Tensor> last) {
    cellGradients = buffers.get("cell.gradient", width, steps.batch()).zero_();
    if (last.get(0).defined()) {
      cellGradients.add_(last.get(0));
    }
    products = buffers.get("product", width, steps.batch());
  }

  @Override
  void stepBack(int t, Tensor gradient, Tensor back, Tensor before) {
    Tensor gate = gates.at(t);
    Tensor i = gate.narrow(0, 0, width);
    Tensor f = gate.narrow(0, width, width);
    Tensor g = gate.narrow(0, 2 * width, width);
    Tensor o = gate.narrow(0, 3 * width, width);
    Tensor tanh = squashed.at(t);
    Tensor product = rowsOf(t, products);
    Tensor cellGradient = rowsOf(t, cellGradients);
    torch.mul_out(product, gradient, tanh);
    torch.sigmoid_backward_out(back.narrow(0, 3 * width, width), product, o);
    torch.mul_out(product, gradient, o);
    cellGradient.add_(torch.tanh_backward_out(gradient, product, tanh));
    torch.mul_out(product, cellGradient, g);
    torch.sigmoid_backward_out(back.narrow(0, 0, width), product, i);
    torch.mul_out(product, cellGradient, cells.before(t));
    torch.sigmoid_backward_out(back.narrow(0, width, width), product, f);
    torch.mul_out(product, cellGradient, i);
    torch.tanh_backward_out(back.narrow(0, 2 * width, width), product, g);
    cellGradient.mul_(f);
  }

  @Override
  List<Tensor> firstGradients() {
    return List.of(cellGradients.clone());
  }
}
