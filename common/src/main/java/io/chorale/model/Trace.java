package io.chorale.model;

/** Listens to what happens inside of a model in one pass. */
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
   * @param layer of a recurrent backbone, after the prefix that its parameters' names have: {@code
   *     l0}, {@code encoder.l0_reverse}
   * @param norms of the gradient of the hidden state before the first step and after each [1 + T]
   */
  void stateGradients(String layer, double[] norms);
}
