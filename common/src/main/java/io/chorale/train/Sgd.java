package io.chorale.train;

import io.chorale.config.TrainSettings;
import io.chorale.tensor.FlatTensors;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;

/**
 * Stochastic gradient descent with momentum (Polyak, 1964) and decoupled weight decay: with b the
 * buffer, b = momentum * b + gradient, parameter = (1 - rate * decay) * parameter - rate * b.
 */
final class Sgd implements Optimizer {
  static final String MOMENTUM = WorkerState.OPTIMIZER + "sgd.momentum";

  private final TrainSettings settings;
  private final FlatTensors parameters;
  private final long decayed;
  private final Tensor buffer;

  /**
   * @param buffer null without momentum
   */
  Sgd(TrainSettings settings, FlatTensors parameters, long decayed, Tensor buffer) {
    this.settings = settings;
    this.parameters = parameters;
    this.decayed = decayed;
    this.buffer = buffer;
  }

  @Override
  public void step(double learningRate, long step) {
    if (settings.weightDecay() > 0) {
      double shrink = 1 - learningRate * settings.weightDecay();
      parameters.values().narrow(0, 0, decayed).mul_(new Scalar(shrink));
    }
    Tensor direction = parameters.gradients();
    if (buffer != null) {
      direction = buffer.mul_(new Scalar(settings.momentum())).add_(direction);
    }
    parameters.values().add_(direction, new Scalar(-learningRate));
  }
}
