package io.chorale.model;

import io.chorale.tensor.StepScope;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * The state of a backbone after the sequences it has read, to go on from: hidden states, or the
 * keys and values of all steps.
 *
 * @param tensors as the backbone orders them; none before the first step
 * @param batchAxis which axis of each tensor is that of the rows
 */
public record State(List<Tensor> tensors, int batchAxis) implements AutoCloseable {
  /** Before the first step. */
  public static final State NONE = new State(List.of(), 0);

  public State {
    tensors = List.copyOf(tensors);
  }

  /** Whether nothing was read. */
  public boolean empty() {
    return tensors.isEmpty();
  }

  /**
   * The states of some rows, in that order; a row may come more than once, or not at all.
   *
   * @param rows their numbers
   */
  public State rows(int... rows) {
    if (empty()) {
      return this;
    }
    Tensor index = torch.tensor(Arrays.stream(rows).asLongStream().toArray());
    Tensor there = index.to(tensors.get(0).device(), torch.ScalarType.Long);
    return new State(
        tensors.stream().map(tensor -> tensor.index_select(batchAxis, there)).toList(), batchAxis);
  }

  /** The tensors without their history, taken out of a scope; whoever keeps them closes them. */
  public State keep(StepScope scope) {
    List<Tensor> kept = new ArrayList<>();
    for (Tensor tensor : tensors) {
      kept.add(scope.keep(tensor.detach()));
    }
    return new State(kept, batchAxis);
  }

  @Override
  public void close() {
    tensors.forEach(Tensor::close);
  }
}
