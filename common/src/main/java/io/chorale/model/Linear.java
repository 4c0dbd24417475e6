package io.chorale.model;

import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;

/**
 * A linear layer.
 *
 * @param matrix [out, in]
 * @param bias [out]; null where there is none
 */
record Linear(Slot matrix, Slot bias) {
  /**
   * A layer with parameters of its own.
   *
   * @param name of the layer, without {@code .weight} and {@code .bias}
   */
  static Linear of(Slots slots, String name, Init init, long out, long in, boolean biased) {
    Slot matrix = slots.add(name + ".weight", init, out, in);
    return new Linear(matrix, biased ? slots.add(name + ".bias", Init.ZERO, out) : null);
  }

  /** [..., in] to [..., out], in the type of the matrix; the result is in that of x. */
  Tensor forward(Weights w, Tensor x) {
    Tensor factor = w.product(matrix);
    TensorOptional summand =
        bias == null ? new TensorOptional() : new TensorOptional(w.product(bias));
    return torch.linear(x.to(factor.scalar_type()), factor, summand).to(x.scalar_type());
  }
}
