package io.chorale.model;

import java.util.List;
import org.bytedeco.pytorch.Tensor;

/** A language model over parameters that live in {@link io.chorale.tensor.FlatTensors}. */
public interface Model extends AutoCloseable {
  /**
   * What a model computes from a block of tokens.
   *
   * @param logits [B, T, V]
   * @param state what {@link #forward} takes to go on after this block: the hidden state of each
   *     layer (recurrent), or the keys and values of all tokens so far (transformer)
   */
  record Output(Tensor logits, List<Tensor> state) {}

  /**
   * Reads a block of tokens, each row by itself.
   *
   * @param inputs token ids, int64 [B, T]
   * @param state of the block before, or an empty list at the beginning; the caller detaches it
   *     where gradients must end
   * @param dropout {@link Dropout#NONE} outside of training
   */
  Output forward(Tensor inputs, List<Tensor> state, Dropout dropout);

  /**
   * Adds the gradient of a loss to the gradients of the parameters.
   *
   * @param loss a scalar, computed from the logits of the last {@link #forward}
   */
  default void backward(Tensor loss) {
    loss.backward();
  }

  /** Frees what the model holds beside its parameters. */
  @Override
  default void close() {}
}
