package io.chorale.model;

import io.chorale.tensor.Operand;
import io.chorale.tensor.Products;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.bytedeco.pytorch.ScalarTypeOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * A linear layer at a {@link Place}, and its way back: y = x W' + b, and where it is wanted a
 * summand.
 */
final class PlacedLinear {
  private static final long[] ROWS = {0};

  private final Products products;
  private final Operand x;
  private final Operand matrix;
  private final Operand turned; // the matrix
  private final Operand y;
  private final Products.Form form;
  private final Back back; // null where there is none
  private final Optional<PlacedAdapters> adapters;

  /**
   * The operands of the way back.
   *
   * @param ofColumns the gradient of y, turned
   * @param ofMatrix null where it is not trained
   * @param ofBias null where there is none, or it is not trained
   * @param formOfX what becomes of the gradient of x
   */
  private record Back(
      Tensor ofY,
      Operand ofRows,
      Operand ofColumns,
      Operand ofX,
      Operand ofMatrix,
      Tensor ofBias,
      Products.Form formOfX) {}

  /** A layer whose gradient of x is put where it goes. */
  PlacedLinear(Place at, String block, Linear layer, Place.Value x, Place.Value y, Tensor added) {
    this(at, block, layer, x, y, added, Products.Form.PLAIN);
  }

  /**
   * A layer.
   *
   * @param block whose part it is
   * @param x what it reads [N, in]
   * @param y where its result goes [N, out]
   * @param added to that [N, out]; null for nothing
   * @param formOfX what becomes of the gradient of x
   */
  PlacedLinear(
      Place at,
      String block,
      Linear layer,
      Place.Value x,
      Place.Value y,
      Tensor added,
      Products.Form formOfX) {
    this.products = at.products();
    this.x = Operand.of(x.tensor());
    Tensor factor = at.matrix(layer).detach();
    this.matrix = Operand.of(factor);
    this.turned = Operand.of(factor.t());
    this.y = Operand.of(y.tensor());
    List<Operand> summands = new ArrayList<>();
    if (layer.bias() != null) {
      summands.add(Place.row(at.w().get(layer.bias())));
    }
    if (added != null) {
      summands.add(Operand.of(added));
    }
    this.form = Products.Form.with(summands);
    Tensor ofMatrix = at.gradient(layer.matrix());
    this.adapters =
        layer.adapters().isEmpty()
            ? Optional.empty()
            : Optional.of(new PlacedAdapters(at, block, layer, x, y));
    this.back =
        at.back()
            ? new Back(
                y.gradient(),
                Operand.of(y.gradient()),
                Operand.of(y.gradient().t()),
                Operand.of(x.gradient()),
                ofMatrix == null ? null : Operand.of(ofMatrix),
                layer.bias() == null ? null : at.gradient(layer.bias()),
                formOfX)
            : null;
  }

  /**
   * Puts the result where it goes.
   *
   * @param dropout of which adapters have their own
   */
  void forward(Dropout dropout) {
    products.multiply(x, turned, y, form);
    adapters.ifPresent(some -> some.forward(dropout));
  }

  /** Adds to the parameters' gradients, and puts that of x where it goes. */
  void backward() {
    if (back.ofMatrix() != null) {
      products.multiply(back.ofColumns(), x, back.ofMatrix(), Products.Form.ADDED);
    }
    if (back.ofBias() != null) {
      back.ofBias()
          .add_(back.ofY().sum(ROWS, false, new ScalarTypeOptional(torch.ScalarType.Float)));
    }
    products.multiply(back.ofRows(), matrix, back.ofX(), back.formOfX());
    adapters.ifPresent(PlacedAdapters::backward);
  }
}
