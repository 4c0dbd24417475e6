package io.chorale.model;

import io.chorale.config.LoraSettings;
import io.chorale.config.LoraSettings.Target;
import io.chorale.tensor.Operand;
import io.chorale.tensor.Products;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;

/**
 * A linear layer.
 *
 * @param matrix [out, in]
 * @param bias [out]; null where there is none
 * @param adapters of rows of the matrix
 */
record Linear(Slot matrix, Slot bias, List<Adapter> adapters) {
  /**
   * Rows for which libtorch's product would spend most of its time on copying the matrix into
   * another order.
   */
  private static final int FEW = 16;

  /** Elements of a matrix from which that matters. */
  private static final int LARGE = 1 << 17;

  Linear(Slot matrix, Slot bias) {
    this(matrix, bias, List.of());
  }

  /**
   * A layer with parameters of its own.
   *
   * @param name of the layer, without {@code .weight} and {@code .bias}
   */
  static Linear of(Slots slots, String name, Init init, long out, long in, boolean biased) {
    Slot matrix = slots.add(name + ".weight", init, out, in);
    return new Linear(matrix, biased ? slots.add(name + ".bias", Init.ZERO, out) : null);
  }

  /**
   * The rows of a layer's matrix that are a target.
   *
   * @param begin the first one
   */
  record Part(Target target, long begin, long rows) {}

  /** The layer with an adapter for each of its parts that the settings name. */
  Linear adapted(Slots slots, LoraSettings settings, boolean gated, Part... parts) {
    if (!settings.given()) {
      return this;
    }
    List<Adapter> made = new ArrayList<>();
    for (Part part : parts) {
      if (settings.targets(gated).contains(part.target())) {
        Adapter adapter =
            Adapter.of(slots, settings, part.target(), matrix, part.begin(), part.rows());
        slots.add(adapter);
        made.add(adapter);
      }
    }
    return new Linear(matrix, bias, List.copyOf(made));
  }

  /** As {@link #forward(Weights, Tensor, Dropout)}, without dropout. */
  Tensor forward(Weights w, Tensor x) {
    return forward(w, x, Dropout.NONE);
  }

  /**
   * [..., in] to [..., out], in the type of the matrix; the result is in that of x.
   *
   * @param dropout of which adapters have their own
   */
  Tensor forward(Weights w, Tensor x, Dropout dropout) {
    Tensor y = unadapted(w, x);
    if (!adapters.isEmpty()) {
      Tensor read = dropout.ofAdapters().apply(x);
      adapters.forEach(adapter -> adapter.addTo(w, read, y));
    }
    return y;
  }

  private Tensor unadapted(Weights w, Tensor x) {
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
