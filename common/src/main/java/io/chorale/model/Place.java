package io.chorale.model;

import io.chorale.tensor.Operand;
import io.chorale.tensor.Products;
import org.bytedeco.pytorch.Tensor;

/**
 * The memory that a pass with a hand-written backward computes in, the same in every step; with its
 * weights and products.
 *
 * @param w the parameters, to be trained
 * @param floats memory of float32: sums, statistics, the residual stream
 * @param factors memory of the type in which matrices are multiplied
 * @param rows of all sequences together: N
 */
record Place(Weights w, Products products, Buffers floats, Buffers factors, long rows) {

  /** The matrix of a layer, in the type in which it is multiplied. */
  Tensor matrix(Linear layer) {
    return w.product(layer.matrix());
  }

  /** Whether factors of products are rounded to a type of less precision than sums. */
  boolean rounds() {
    return w.factors() != w.flat();
  }

  /** The gradient of a parameter, to which is added. */
  Tensor gradient(Slot slot) {
    return w.get(slot).grad();
  }

  /** A vector as a matrix of one row. */
  static Operand row(Tensor vector) {
    return Operand.of(vector.detach().unsqueeze(0));
  }
}
