package io.chorale.model;

import io.chorale.tensor.Products.Activation;
import org.bytedeco.pytorch.Tensor;

/**
 * Products with the matrices of recurrent layers. Factors are read in the type in which matrices
 * are multiplied; sums, and what is put anywhere, are float32.
 */
abstract class LayerProducts {
  private final Weights w;

  LayerProducts(Weights w) {
    this.w = w;
  }

  /**
   * Products for a batch.
   *
   * @param usual whether most batches of a training have its shape. Others, and those that a
   *     trained model reads, are left to libtorch's operators in float32, since to make kernels for
   *     them takes longer than they save; in bfloat16, which is several times faster, they are
   *     padded to shapes that come again.
   */
  static LayerProducts of(Weights w, boolean usual) {
    boolean rounds = w.factors() != w.flat();
    return w.products()
        .filter(products -> !w.frozen() && (usual || rounds))
        .map(products -> (LayerProducts) new KernelProducts(w, products, rounds, usual))
        .orElseGet(() -> new PlainProducts(w));
  }

  /** A parameter. */
  final Tensor value(Slot slot) {
    return w.get(slot);
  }

  /** Where the gradient of a parameter is summed up. */
  final Tensor gradient(Slot slot) {
    return w.get(slot).grad();
  }

  /** A matrix as it is multiplied. */
  abstract Tensor matrix(Slot slot);

  /**
   * A tensor as a factor: itself, or a rounded copy in memory of that name, until the next one
   * takes it.
   */
  abstract Tensor factor(Tensor x, String name);

  /** Memory for factors: that which is given, or one in their type which all layers share. */
  abstract Buffers memory(Buffers own);

  /** A matrix in that memory, to be the left factor of products. */
  abstract Tensor left(Buffers own, String name, long rows, long columns);

  /**
   * Whether what the input adds to the gates is computed step by step, right where the loop reads
   * it, rather than for all steps at once.
   */
  abstract boolean stepwise();

  /** Puts a product a b where it goes. */
  abstract void put(Tensor a, Tensor b, Tensor into);

  /** Puts a function of the sum of a summand, broadcast, and a product a b where it goes. */
  abstract void put(Tensor summand, Tensor a, Tensor b, Tensor into, Activation activation);

  /** As {@link #put(Tensor, Tensor, Tensor, Tensor, Activation)}, the sum alone. */
  final void put(Tensor summand, Tensor a, Tensor b, Tensor into) {
    put(summand, a, b, into, Activation.NONE);
  }

  /** Puts the tanh of a tensor where it goes, which may be itself. */
  abstract void tanh(Tensor x, Tensor into);

  /** Takes a function of a tensor in its place, by libtorch's operators. */
  static void activate(Tensor x, Activation activation) {
    switch (activation) {
      case NONE -> {}
      case SIGMOID -> x.sigmoid_();
      case TANH -> x.tanh_();
    }
  }

  /** Adds to what is there a product a b' over columns of all steps. */
  abstract void addTurned(Tensor a, Tensor b, Tensor into);

  /** The sum of columns, factors or not. */
  abstract Tensor sum(Tensor columns);

  /**
   * The gradient of the columns that a matrix was multiplied by [E, N].
   *
   * @param gradient of the product [G, N]
   * @param own memory that the result may take
   */
  abstract Tensor ofColumns(Slot slot, Tensor gradient, Buffers own);

  /** A matrix turned, in memory of its own, since products read that faster. */
  final Tensor turned(Tensor matrix, Buffers own) {
    return left(own, "matrix.transposed", matrix.size(1), matrix.size(0)).copy_(matrix.t());
  }
}
