package io.chorale.generate;

import io.chorale.model.State;
import org.bytedeco.pytorch.Tensor;

/** A model that reads a text, or some of equal length side by side, and says what may come next. */
public interface NextToken extends AutoCloseable {
  /**
   * What may come next.
   *
   * @param logits scores of every token for each text [B, V]
   * @param last what to go on from; its rows are the texts
   */
  record Output(Tensor logits, State last) {}

  /**
   * Reads on; autograd must not record.
   *
   * @param ids of all texts, row-major [B, T]; T is at least one
   * @param rows B
   * @param before what the texts before left, or {@link State#NONE}
   */
  Output read(int[] ids, int rows, State before);

  /** Whether the state stays of one size however long the text; otherwise it sees a window. */
  boolean carries();

  /** Tokens of the longest block that it was trained on. */
  int context();

  @Override
  void close();
}
