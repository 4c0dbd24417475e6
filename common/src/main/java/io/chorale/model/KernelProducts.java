package io.chorale.model;

import io.chorale.tensor.Operand;
import io.chorale.tensor.Products;
import io.chorale.tensor.Products.Activation;
import java.util.List;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * Products of recurrent layers by the kernels that the weights have.
 *
 * <p>A kernel is made for one shape. Rows that are not equally long give a step any number of
 * columns, and a batch any number of steps: such operands are copied into memory with zeros at
 * their end, of one of eight widths for each power of two.
 */
final class KernelProducts extends LayerProducts {
  private static final long NARROWEST = 8;

  /**
   * Zeros at the end of each row of a left factor: rows that are a multiple of a page apart would
   * share few lines of the caches, and kernels read bfloat16 in pairs.
   */
  private static final long APART = 32;

  private final Weights w;
  private final Products products;
  private final boolean rounds;
  private final Buffers floats;
  private final Buffers factors;
  private final boolean usual;

  /**
   * @param rounds whether factors are of a type of less precision than sums
   * @param usual whether all operands have shapes that come again
   */
  KernelProducts(Weights w, Products products, boolean rounds, boolean usual) {
    super(w);
    this.w = w;
    this.products = products;
    this.rounds = rounds;
    this.usual = usual;
    this.floats = w.hold("recurrent products", () -> new Buffers(w.flat().values()));
    this.factors = w.hold("recurrent factors", () -> new Buffers(w.factors().values()));
  }

  @Override
  Tensor matrix(Slot slot) {
    return w.product(slot).detach();
  }

  @Override
  Tensor factor(Tensor x, String name) {
    if (!rounds || x.scalar_type().intern() != torch.ScalarType.Float) {
      return x;
    }
    if (x.stride(0) == 1) {
      return factors.get(name, x.size(1), x.size(0)).copy_(x.t()).t();
    }
    return factors.get(name, x.size(0), x.size(1)).copy_(x);
  }

  @Override
  Buffers memory(Buffers own) {
    return rounds ? factors : own;
  }

  @Override
  Tensor left(Buffers own, String name, long rows, long columns) {
    Tensor matrix = memory(own).get(name, rows, columns + APART);
    matrix.narrow(1, columns, APART).zero_();
    return matrix.narrow(1, 0, columns);
  }

  @Override
  boolean stepwise() {
    return true;
  }

  @Override
  void put(Tensor a, Tensor b, Tensor into) {
    long columns = b.size(1);
    long padded = padded(columns);
    if (padded == columns) {
      multiply(a, factor(b, "right"), into, Products.Form.PLAIN);
    } else {
      into.copy_(padded(a, b, padded).narrow(1, 0, columns));
    }
  }

  @Override
  void put(Tensor summand, Tensor a, Tensor b, Tensor into, Activation activation) {
    long columns = b.size(1);
    long padded = padded(columns);
    boolean added = summand.equals(into);
    if (padded == columns && !added && summand.size(1) == columns) {
      // A column that is broadcast is nothing that fast kernels add.
      Products.Form form = Products.Form.with(List.of(Operand.of(summand)));
      multiply(a, factor(b, "right"), into, form.then(activation));
      return;
    }
    if (!added) {
      into.copy_(summand);
    }
    if (padded == columns) {
      multiply(a, factor(b, "right"), into, Products.Form.ADDED.then(activation));
    } else {
      into.add_(padded(a, b, padded).narrow(1, 0, columns));
      activate(into, activation);
    }
  }

  @Override
  void tanh(Tensor x, Tensor into) {
    if (usual) {
      products.activate(Activation.TANH, Operand.of(x), Operand.of(into));
    } else {
      torch.tanh_out(into, x);
    }
  }

  /** The product with as many columns. */
  private Tensor padded(Tensor a, Tensor b, long columns) {
    Tensor product = floats.get("product", a.size(0), columns);
    multiply(a, padded(b, "right.padded", columns), product, Products.Form.PLAIN);
    return product;
  }

  @Override
  void addTurned(Tensor a, Tensor b, Tensor into) {
    long columns = a.size(1);
    long padded = padded(columns);
    Tensor left = a;
    if (rounds && a.scalar_type().intern() == torch.ScalarType.Float) {
      left = left(floats, "left", a.size(0), columns).copy_(a);
    }
    Tensor right = factor(b, "right");
    if (padded != columns) {
      left = padded(left, "left.padded", padded);
      right = padded(right, "right.padded", padded);
    }
    multiply(left, right.t(), into, Products.Form.ADDED);
  }

  @Override
  Tensor sum(Tensor columns) {
    if (columns.scalar_type().intern() == torch.ScalarType.Float) {
      return columns.sum(1);
    }
    // libtorch would make a copy of float32 first.
    Tensor sum = floats.get("sum", columns.size(0), 1).zero_();
    addTurned(columns, factors.get("ones", 1, columns.size(1)).fill_(new Scalar(1.0)), sum);
    return sum.view(columns.size(0));
  }

  @Override
  Tensor ofColumns(Slot slot, Tensor gradient, Buffers own) {
    Tensor back = own.get("input.gradient", slot.shape()[1], gradient.size(1));
    put(turned(matrix(slot), own), gradient, back);
    return back;
  }

  private void multiply(Tensor a, Tensor b, Tensor into, Products.Form form) {
    products.multiply(Operand.of(a), Operand.of(b), Operand.of(into.detach()), form);
  }

  private long padded(long columns) {
    if (usual) {
      return columns;
    }
    long unit = Math.max(NARROWEST, Long.highestOneBit(columns) / 8);
    return (columns + unit - 1) / unit * unit;
  }

  private Tensor padded(Tensor x, String name, long columns) {
    Tensor padded = factors.get(name, x.size(0), columns);
    padded.narrow(1, 0, x.size(1)).copy_(x);
    padded.narrow(1, x.size(1), columns - x.size(1)).zero_();
    return padded;
  }
}
