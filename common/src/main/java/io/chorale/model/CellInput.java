package io.chorale.model;

import java.util.Optional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/** The input of a recurrent loop, every step of every row a column. */
sealed interface CellInput {
  /** Columns [E, N]. */
  Tensor x();

  /**
   * By what the columns are multiplied to give what they add to the gates [G, E].
   *
   * @param slot the input's matrix
   */
  default Tensor matrix(LayerProducts products, Slot slot) {
    return products.matrix(slot);
  }

  /**
   * Adds to the gradients of the matrix and, where there is one, the table.
   *
   * @param gradient of the product [G, N]
   * @param buffers memory that the result may take
   * @return the gradient of the columns [E, N], where they are not a table's
   */
  Optional<Tensor> backward(LayerProducts products, Slot slot, Tensor gradient, Buffers buffers);

  /** The same with every row turned round. */
  CellInput reversed(Steps steps);

  /** What a sequence gives a first layer. */
  static CellInput of(Sequence sequence, Steps steps, Buffers buffers) {
    if (sequence instanceof Sequence.Embedded embedded) {
      Tensor table = embedded.table();
      Tensor ids = steps.pack(embedded.ids());
      return table.size(0) <= table.size(1) ? OneHot.of(ids, table) : new Looked(ids, table);
    }
    Tensor values = steps.steps(sequence.values());
    Tensor columns = buffers.get("input.columns", sequence.values().size(2), steps.total());
    steps.copyToColumns(values, columns);
    return new Columns(columns);
  }

  /** Vectors. */
  record Columns(Tensor x) implements CellInput {
    @Override
    public Optional<Tensor> backward(
        LayerProducts products, Slot slot, Tensor gradient, Buffers buffers) {
      products.addTurned(gradient, x, products.gradient(slot));
      return Optional.of(products.ofColumns(slot, gradient, buffers));
    }

    @Override
    public CellInput reversed(Steps steps) {
      return new Columns(steps.reverseColumns(x));
    }
  }

  /** Rows of a table [V, E], looked up. */
  record Looked(Tensor ids, Tensor table, Tensor x) implements CellInput {
    Looked(Tensor ids, Tensor table) {
      this(ids, table, table.index_select(0, ids).t());
    }

    @Override
    public Optional<Tensor> backward(
        LayerProducts products, Slot slot, Tensor gradient, Buffers buffers) {
      products.addTurned(gradient, x, products.gradient(slot));
      table.grad().index_add_(0, ids, products.ofColumns(slot, gradient, buffers).t());
      return Optional.empty();
    }

    @Override
    public CellInput reversed(Steps steps) {
      return new Looked(steps.reverseIds(ids), table);
    }
  }

  /**
   * Rows of a table that is no higher than wide: ids stay one-hot [V, N], and the matrix is
   * multiplied with the table first. The same function for less work, a seventh of a step with
   * characters.
   */
  record OneHot(Tensor ids, Tensor table, Tensor x) implements CellInput {
    static OneHot of(Tensor ids, Tensor table) {
      Tensor x = torch.zeros(new long[] {table.size(0), ids.numel()}, table.options());
      return new OneHot(ids, table, x.scatter_(0, ids.unsqueeze(0), new Scalar(1.0)));
    }

    @Override
    public Tensor matrix(LayerProducts products, Slot slot) {
      return products.factor(products.value(slot).mm(table.t()), "matrix.of.table");
    }

    @Override
    public Optional<Tensor> backward(
        LayerProducts products, Slot slot, Tensor gradient, Buffers buffers) {
      Tensor ofTable = buffers.get("table.gradient", gradient.size(0), x.size(0)).zero_();
      products.addTurned(gradient, x, ofTable);
      products.gradient(slot).addmm_(ofTable, table);
      table.grad().addmm_(ofTable.t(), products.value(slot));
      return Optional.empty();
    }

    @Override
    public CellInput reversed(Steps steps) {
      return OneHot.of(steps.reverseIds(ids), table);
    }
  }
}
