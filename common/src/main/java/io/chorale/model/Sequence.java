package io.chorale.model;

import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/** The input of a backbone: a sequence of vectors for each row of a batch. */
public sealed interface Sequence {
  /** The vectors [B, T, E]. */
  Tensor values();

  /** How long the rows are. */
  Lengths lengths();

  /** Vectors from anywhere [B, T, E]; gradients go back to where they come from. */
  record Vectors(Tensor values, Lengths lengths) implements Sequence {}

  /**
   * The rows of a table that ids name. A backbone may multiply with the table first, where that is
   * less work.
   *
   * @param ids int64 [B, T]
   * @param table a parameter [V, E]
   */
  record Embedded(Tensor ids, Tensor table, Lengths lengths) implements Sequence {
    @Override
    public Tensor values() {
      return torch.embedding(table, ids);
    }
  }

  /** The same with dropout on the vectors. */
  default Sequence dropped(Dropout dropout) {
    return !dropout.drops() ? this : new Vectors(dropout.apply(values()), lengths());
  }
}
