package io.chorale.model;

import io.chorale.config.RecurrenceSettings.Nonlinearity;
import io.chorale.tensor.Products.Activation;
import java.util.List;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * A plain recurrent network (Elman, 1990): h = tanh(W x + b + U h + b'), or ReLU.
 *
 * <p>With layer norm both products are normalized by themselves, as in the other kinds.
 */
final class RnnLoop extends RecurrentLoop {
  private final Nonlinearity nonlinearity;

  RnnLoop(
      RecurrentCell cell,
      Weights w,
      LayerProducts products,
      Buffers buffers,
      Steps steps,
      Nonlinearity nonlinearity) {
    super(
        cell,
        w,
        products,
        buffers,
        steps,
        List.of(1),
        List.of(nonlinearity == Nonlinearity.TANH ? Activation.TANH : Activation.NONE));
    this.nonlinearity = nonlinearity;
  }

  @Override
  Tensor biasBeforeLoop() {
    return inputBias.add(recurrentBias);
  }

  @Override
  List<StepMemory> states() {
    return List.of(hidden);
  }

  @Override
  void step(int t) {
    Tensor gate = gates.at(t);
    Tensor next = hidden.at(t);
    activate(t, hidden.before(t), gate, next);
    if (nonlinearity == Nonlinearity.RELU) {
      next.clamp_min_(new Scalar(0.0));
    }
  }

  @Override
  void beginBack(List<Tensor> last) {}

  @Override
  void stepBack(int t, Tensor gradient, Tensor back, Tensor before) {
    Tensor output = hidden.at(t);
    if (nonlinearity == Nonlinearity.TANH) {
      torch.tanh_backward_out(back, gradient, output);
    } else {
      torch.threshold_backward_out(back, gradient, output, new Scalar(0.0));
    }
  }

  @Override
  List<Tensor> firstGradients() {
    return List.of();
  }
}
