package io.chorale.model;

import io.chorale.tensor.Products.Activation;
import java.util.List;
import java.util.Optional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * Long short-term memory (Hochreiter and Schmidhuber, 1997) with a forget gate (Gers et al., 2000).
 *
 * <p>Gates in PyTorch's order: input i, forget f, candidate g, output o. With c the cell: c = f * c
 * + i * g, h = o * tanh(c). The state is h and c.
 *
 * <p>With layer norm the gates' four contributions of a kind are normalized together, and h = o *
 * tanh(norm(c)): equations 20 to 22 of arXiv 1607.06450.
 */
final class LstmLoop extends RecurrentLoop {
  private static final List<Activation> ACTIVATIONS =
      List.of(Activation.SIGMOID, Activation.SIGMOID, Activation.TANH, Activation.SIGMOID);

  private final StepMemory cells; // [1 + T, H, B]
  private final StepMemory squashed; // tanh of the cells after each step, [T, H, B]
  private final Optional<CellNorm> norm;
  private Tensor cellGradients; // [H, B]
  private Tensor products; // [H, B]

  LstmLoop(RecurrentCell cell, Weights w, LayerProducts products, Buffers buffers, Steps steps) {
    super(cell, w, products, buffers, steps, List.of(4), ACTIVATIONS);
    cells = memory("cells", width, true);
    squashed = memory("squashed", width, false);
    norm = cell.norms().flatMap(RecurrentCell.Norms::cell).map(slots -> new CellNorm(slots, w));
  }

  /** The norm of the cells where the output gate reads them. */
  private final class CellNorm {
    private final ColumnNorm norm;
    private final Tensor bias; // [H, 1]
    private final Tensor biasGradient; // [H]; undefined where nothing is trained
    private final StepMemory normalized = memory("cells.normal", width, false);
    private final StepMemory inverse = memory("cells.inverse", 1, false);

    CellNorm(RecurrentCell.CellNorm slots, Weights w) {
      norm = new ColumnNorm(w.get(slots.gain()), w.get(slots.gain()).grad());
      bias = w.get(slots.bias()).view(width, 1);
      biasGradient = w.get(slots.bias()).grad();
    }

    void forward(int t, Tensor cell, Tensor into) {
      Tensor x = normalized.at(t).copy_(cell);
      norm.normalize(x, into, inverse.at(t));
      norm.add(x, bias, into);
    }

    /** Gradients of the cells from those of the norm; both arguments may be overwritten. */
    Tensor backward(int t, Tensor gradient, Tensor scratch) {
      biasGradient.add_(gradient.sum(1));
      norm.back(normalized.at(t), inverse.at(t), gradient, scratch);
      return normalized.at(t);
    }
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
    activate(t, hidden.before(t), gate, gate);
    Tensor g = gate.narrow(0, 2 * width, width);
    Tensor o = gate.narrow(0, 3 * width, width);
    Tensor cell = cells.at(t);
    torch.mul_out(cell, gate.narrow(0, width, width), cells.before(t));
    cell.addcmul_(gate.narrow(0, 0, width), g);
    Tensor tanh = squashed.at(t);
    if (norm.isPresent()) {
      norm.get().forward(t, cell, tanh);
      tanh.tanh_();
    } else {
      layerProducts.tanh(cell, tanh);
    }
    torch.mul_out(hidden.at(t), o, tanh);
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
    Tensor ofRead = torch.tanh_backward_out(gradient, product, tanh);
    cellGradient.add_(norm.isPresent() ? norm.get().backward(t, ofRead, product) : ofRead);
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
