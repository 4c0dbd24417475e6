package io.chorale.model;

import io.chorale.tensor.Products.Activation;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/** Products of recurrent layers by libtorch's operators, in float32. */
final class PlainProducts extends LayerProducts {
  PlainProducts(Weights w) {
    super(w);
  }

  @Override
  Tensor matrix(Slot slot) {
    return value(slot);
  }

  @Override
  Tensor factor(Tensor x, String name) {
    return x;
  }

  @Override
  Buffers memory(Buffers own) {
    return own;
  }

  @Override
  Tensor left(Buffers own, String name, long rows, long columns) {
    return own.get(name, rows, columns);
  }

  @Override
  boolean stepwise() {
    return false;
  }

  @Override
  void put(Tensor a, Tensor b, Tensor into) {
    torch.mm_out(into, a, b);
  }

  @Override
  void put(Tensor summand, Tensor a, Tensor b, Tensor into, Activation activation) {
    torch.addmm_out(into, summand, a, b);
    activate(into, activation);
  }

  @Override
  void tanh(Tensor x, Tensor into) {
    torch.tanh_out(into, x);
  }

  @Override
  void addTurned(Tensor a, Tensor b, Tensor into) {
    into.addmm_(a, b.t());
  }

  @Override
  Tensor sum(Tensor columns) {
    return columns.sum(1);
  }

  @Override
  Tensor ofColumns(Slot slot, Tensor gradient, Buffers own) {
    return value(slot).t().mm(gradient);
  }
}
