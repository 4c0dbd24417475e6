package io.chorale.train;

import io.chorale.io.FloatVector;
import io.chorale.tensor.FlatTensors;
import io.chorale.tensor.StepScope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/** Flat tensors that an optimizer keeps from step to step. */
final class Moments {
  private Moments() {}

  /** A tensor [P] with these values, or zeros where there are none; the caller closes it. */
  static Tensor tensor(FlatTensors parameters, FloatVector values) {
    try (StepScope scope = new StepScope()) {
      if (values == null) {
        return scope.keep(torch.zeros_like(parameters.values()));
      }
      Tensor moment = torch.empty_like(parameters.values());
      FlatTensors.write(values, moment);
      return scope.keep(moment);
    }
  }
}
