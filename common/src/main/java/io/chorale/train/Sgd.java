package io.chorale.train;

import io.chorale.config.TrainSettings;
import io.chorale.io.FloatVector;
import io.chorale.tensor.FlatTensors;
import java.util.Map;
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

  Sgd(
      TrainSettings settings,
      FlatTensors parameters,
      long decayed,
      Map<String, FloatVector> state) {
    this.settings = settings;
    this.parameters = parameters;
    this.decayed = decayed;
    buffer = settings.momentum() > 0 ? Moments.tensor(parameters, state.get(MOMENTUM)) : null;
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

  @Override
  public void store(Map<String, FloatVector> state) {
    if (buffer != null) {
      state.put(MOMENTUM, FlatTensors.read(buffer));
    }
  }

  @Override
  public void close() {
    if (buffer != null) {
      buffer.close();
    }
  }
}
