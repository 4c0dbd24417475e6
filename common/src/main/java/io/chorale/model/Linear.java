package io.chorale.model;

import io.chorale.tensor.Operand;
import io.chorale.tensor.Products;
import java.util.List;
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
   * Rows for which libtorch's product would spend most of its time on copying the matrix into
   * another order.
   */
  private static final int FEW = 16;

  /** Elements of a matrix from which that matters. */
  private static final int LARGE = 1 << 17;

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
    boolean few = factor.numel() >= LARGE && x.numel() / x.size(-1) <= FEW;
    if (few && w.frozen() && w.products().isPresent()) {
      return product(w, w.products().get(), x);
    }
    TensorOptional summand =
        bias == null ? new TensorOptional() : new TensorOptional(w.product(bias));
    return torch.linear(x.to(factor.scalar_type()), factor, summand).to(x.scalar_type());
  }

  private Tensor product(Weights w, Products products, Tensor x) {
    long out = matrix.shape()[0];
    long[] shape = x.sizes().vec().get();
    Tensor rows = x.reshape(-1, x.size(-1));
    Tensor y = torch.empty(new long[] {rows.size(0), out}, x.options(), null);
    products.multiply(
        Operand.of(rows),
        Operand.of(w.product(matrix).t()),
        Operand.of(y),
        Products.Form.with(bias == null ? List.of() : List.of(Place.row(w.get(bias)))));
    shape[shape.length - 1] = out;
    return y.view(shape);
  }
}
