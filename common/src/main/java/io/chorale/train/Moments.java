package io.chorale.train;

import io.chorale.tensor.FlatTensors;
import io.chorale.tensor.StepScope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/** Flat tensors that an optimizer keeps from step to step. */
final class Moments {
  private Moments() {}

  /** A tensor of zeros [P]; the caller closes it. */
  static Tensor zeros(FlatTensors parameters) {
    try (StepScope scope = new StepScope()) {
      return scope.keep(torch.zeros_like(parameters.values()));
    }
  }
}
