package io.chorale.model;

import java.util.function.Supplier;
import org.bytedeco.pytorch.Tensor;

/**
 * Listens to what happens inside of a model in one pass.
 *
 * <p>Layers are named as their parameters' names begin: {@code l0}, {@code encoder.l0_reverse},
 * {@code layers.1}. What is offered by a supplier is computed when that is asked, during the call
 * alone; a pass with a trace computes the same bytes as one without.
 */
public interface Trace {
  /** Hears nothing. */
  Trace NONE =
      new Trace() {
        @Override
        public boolean listens() {
          return false;
        }

        @Override
        public void stateGradients(String layer, double[] norms) {}
      };

  /** Whether it wants to be told: what it hears is computed for it alone. */
  default boolean listens() {
    return true;
  }

  /**
   * The gradient of the loss on its way back through time.
   *
   * @param layer of a recurrent backbone
   * @param norms of the gradient of the hidden state before the first step and after each [1 + T],
   *     in the order in which the layer reads
   */
  void stateGradients(String layer, double[] norms);

  /**
   * What a layer hands on at every step: hidden states, or a transformer's residual stream, whose
   * begin is the layer {@code input}.
   *
   * @param values [B, T, W], in the order of the text; where autograd records, the tensor that the
   *     loss depends on
   */
  default void states(String layer, Supplier<Tensor> values) {}

  /**
   * How much each step looks at each step of what it reads.
   *
   * @param layer with the part that looks: {@code layers.0.attention}, {@code layers.0.memory}
   * @param weights rows add up to one [B, H, T, S]
   */
  default void attention(String layer, Supplier<Tensor> weights) {}
}
