package io.chorale.model;

import io.chorale.tensor.Operand;
import io.chorale.tensor.Products;
import java.util.ArrayList;
import java.util.List;
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
  private final Tensor ofY;
  private final Operand ofRows;
  private final Operand ofColumns; // the gradient of y, turned
  private final Operand ofX;
  private final Operand ofMatrix;
  private final Tensor ofBias; // null where there is none

  /**
   * A layer.
   *
   * @param x what it reads [N, in]
   * @param y where its result goes [N, out]
   * @param added to that [N, out]; null for nothing
   * @param ofY where the gradient of y will be
   * @param ofX where that of x goes
   */
  PlacedLinear(Place at, Linear layer, Tensor x, Tensor y, Tensor added, Tensor ofY, Tensor ofX) {
    this.products = at.products();
    this.x = Operand.of(x);
    Tensor factor = at.matrix(layer).detach();
    this.matrix = Operand.of(factor);
    this.turned = Operand.of(factor.t());
    this.y = Operand.of(y);
    List<Operand> summands = new ArrayList<>();
    if (layer.bias() != null) {
      summands.add(Place.row(at.w().get(layer.bias())));
    }
    if (added != null) {
      summands.add(Operand.of(added));
    }
    this.form = Products.Form.with(summands);
    this.ofY = ofY;
    this.ofRows = Operand.of(ofY);
    this.ofColumns = Operand.of(ofY.t());
    this.ofX = Operand.of(ofX);
    this.ofMatrix = Operand.of(at.gradient(layer.matrix()));
    this.ofBias = layer.bias() == null ? null : at.gradient(layer.bias());
  }

  void forward() {
    products.multiply(x, turned, y, form);
  }

  /** Adds to the parameters' gradients, and puts that of x where it goes. */
  void backward() {
    products.multiply(ofColumns, x, ofMatrix, Products.Form.ADDED);
    if (ofBias != null) {
      ofBias.add_(ofY.sum(ROWS, false, new ScalarTypeOptional(torch.ScalarType.Float)));
    }
    products.multiply(ofRows, matrix, ofX);
  }
}
