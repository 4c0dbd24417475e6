package io.chorale.generate;

import io.chorale.model.State;
import org.bytedeco.pytorch.Tensor;

/** A model that reads a text and says what may come next. */
public interface NextToken extends AutoCloseable {
  /**
   * What may come next.
   *
   * @param logits scores of every token [V]
   * @param last what to go on from
   */
  record Output(Tensor logits, State last) {}

  /**
   * Reads on; autograd must not record.
   *
   * @param ids at least one
   * @param before what the text before left, or {@link State#NONE}
   */
  Output read(int[] ids, State before);

  /** Whether the state stays of one size however long the text; otherwise it sees a window. */
  boolean carries();

  /** Tokens of the longest block that it was trained on. */
  int context();

  @Override
  void close();
}
