package io.chorale.model;

import io.chorale.tensor.StepScope;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.pytorch.Tensor;

/**
 * What a backbone keeps of the sequences it has read, to go on from: hidden states, or the keys and
 * values of all steps.
 *
 * @param tensors as the backbone orders them; none before the first step
 */
public record State(List<Tensor> tensors) implements AutoCloseable {
  /** Before the first step. */
  public static final State NONE = new State(List.of());

  public State {
    tensors = List.copyOf(tensors);
  }

  /** Whether nothing was read. */
  public boolean empty() {
    return tensors.isEmpty();
  }

  /** The tensors without their history, taken out of a scope; whoever keeps them closes them. */
  public State keep(StepScope scope) {
    List<Tensor> kept = new ArrayList<>();
    for (Tensor tensor : tensors) {
      kept.add(scope.keep(tensor.detach()));
    }
    return new State(kept);
  }

  @Override
  public void close() {
    tensors.forEach(Tensor::close);
  }
}
