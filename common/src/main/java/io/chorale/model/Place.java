package io.chorale.model;

import io.chorale.tensor.Operand;
import io.chorale.tensor.Products;
import org.bytedeco.pytorch.Tensor;

/**
 * The memory that a pass with a hand-written backward computes in, the same in every step; with its
 * weights and products.
 *
 * @param w the parameters
 * @param floats memory of float32: sums, statistics, the residual stream
 * @param factors memory of the type in which matrices are multiplied
 * @param rows of all sequences together: N
 * @param keeps what is there when the way back begins
 */
record Place(
    Weights w, Products products, Buffers floats, Buffers factors, long rows, Keeps keeps) {

  /** What a pass keeps for its way back. */
  enum Keeps {
    /** There is none. */
    NOTHING,
    /** What each block reads: all else is computed again, block by block. */
    INPUTS,
    /** All that blocks compute. */
    ALL
  }

  /**
   * A tensor of a pass.
   *
   * @param gradient where that of the tensor goes; null where there is no way back
   */
  record Value(Tensor tensor, Tensor gradient) {}

  /** Whether there is a way back. */
  boolean back() {
    return keeps != Keeps.NOTHING;
  }

  /**
   * Memory for what a block computes: its own where all is kept, else one after the other has the
   * same.
   */
  Tensor kept(Buffers in, String block, String part, long... shape) {
    return in.get(keeps == Keeps.ALL ? block + "." + part : part, shape);
  }

  /**
   * Memory for a gradient, which one block after the other goes back through; null where there is
   * no way back.
   */
  Tensor gradient(Buffers in, String part, long... shape) {
    return back() ? in.get("of." + part, shape) : null;
  }

  /** A factor of a product, with memory for its gradient, in the same type. */
  Value factor(String block, String part, long... shape) {
    return new Value(kept(factors, block, part, shape), gradient(factors, part, shape));
  }

  /** The matrix of a layer, in the type in which it is multiplied. */
  Tensor matrix(Linear layer) {
    return w.product(layer.matrix());
  }

  /** Whether factors of products are rounded to a type of less precision than sums. */
  boolean rounds() {
    return w.factors() != w.flat();
  }

  /**
   * The gradient of a parameter, to which is added; null where it is not trained, or there is no
   * way back.
   */
  Tensor gradient(Slot slot) {
    return back() && w.trains(slot) ? w.get(slot).grad() : null;
  }

  /** A vector as a matrix of one row. */
  static Operand row(Tensor vector) {
    return Operand.of(vector.detach().unsqueeze(0));
  }
}
