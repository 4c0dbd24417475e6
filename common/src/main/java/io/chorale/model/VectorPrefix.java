package io.chorale.model;

import io.chorale.config.Settings;
import io.chorale.data.Numbers;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/** Adds to the first step of sequences what a linear layer makes of a vector for each. */
public final class VectorPrefix {
  private final Linear layer; // [E, size]; the step that it is added to is its bias

  private VectorPrefix(Linear layer) {
    this.layer = layer;
  }

  /**
   * A layer whose results are as wide as the backbone's input.
   *
   * @param name of the layer, without {@code .weight}
   * @param size numbers of a vector
   */
  public static VectorPrefix of(Slots slots, String name, Settings settings, int size) {
    Surroundings around = Surroundings.of(settings);
    Init init = around.projection().apply(size);
    return new VectorPrefix(Linear.of(slots, name, init, around.inputWidth(), size, false));
  }

  /**
   * The sequences with what is made of the vectors.
   *
   * @param vectors one for each row
   */
  public Sequence forward(Weights w, Numbers vectors, Sequence x) {
    Tensor values = x.values(); // [B, T, E]
    Tensor numbers =
        w.device().numbers(vectors.values(), vectors.lengths().length, 1, vectors.size());
    Tensor made = layer.forward(w, numbers.to(values.scalar_type())); // [B, 1, E]
    Tensor first = values.narrow(1, 0, 1).add(made);
    long rest = values.size(1) - 1;
    Tensor all = torch.cat(new TensorVector(first, values.narrow(1, 1, rest)), 1);
    return new Sequence.Vectors(all, x.lengths());
  }

  /** Floats that a training step keeps: the sequences before and after, and their gradients. */
  public long keptByStep(long batch, long length) {
    return 4 * batch * length * layer.matrix().shape()[0];
  }

  /** Floats that a pass without a way back makes. */
  public long madeByPass(long batch, long length) {
    return 2 * batch * length * layer.matrix().shape()[0];
  }
}
