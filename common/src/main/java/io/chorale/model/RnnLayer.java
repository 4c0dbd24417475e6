package io.chorale.model;

import io.chorale.config.RecurrenceSettings.Nonlinearity;
import io.chorale.tensor.FlatTensors;
import java.util.List;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/** A plain recurrent network (Elman, 1990): h = tanh(W x + b + U h + b'), or ReLU. */
final class RnnLayer extends RecurrentLayer {
  private final Nonlinearity nonlinearity;

  RnnLayer(FlatTensors weights, int layer, Nonlinearity nonlinearity) {
    super(weights, layer);
    this.nonlinearity = nonlinearity;
  }

  @Override
  Tensor biasBeforeLoop() {
    return inputBias.add(recurrentBias);
  }

  @Override
  void begin(List<Tensor> state) {
    if (state.isEmpty()) {
      hidden.select(0, 0).zero_();
    } else {
      hidden.select(0, 0).copy_(state.get(0));
    }
  }

  @Override
  void step(long t) {
    Tensor gate = gates.select(0, t);
    torch.addmm_out(gate, gate, recurrentMatrix, hidden.select(0, t));
    Tensor next = hidden.select(0, t + 1);
    if (nonlinearity == Nonlinearity.TANH) {
      torch.tanh_out(next, gate);
    } else {
      torch.clamp_min_out(next, gate, new Scalar(0.0));
    }
  }

  @Override
  List<Tensor> state() {
    return List.of(hidden.select(0, length).clone());
  }

  @Override
  void beginBack() {}

  @Override
  void stepBack(long t, Tensor gradient, Tensor back, Tensor before) {
    Tensor output = hidden.select(0, t + 1);
    if (nonlinearity == Nonlinearity.TANH) {
      torch.tanh_backward_out(back, gradient, output);
    } else {
      torch.threshold_backward_out(back, gradient, output, new Scalar(0.0));
    }
  }
}
