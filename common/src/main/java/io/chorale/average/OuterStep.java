package io.chorale.average;

/** The driver's part of a round, slice by slice: from what was averaged to the next anchor. */
public final class OuterStep {
  private final OuterOptimizer optimizer;
  private final Exchange exchange;

  /** A step that understands averages of what workers send by that exchange. */
  public OuterStep(OuterOptimizer optimizer, Exchange exchange) {
    this.optimizer = optimizer;
    this.exchange = exchange;
  }

  /**
   * Moves a slice of the anchor.
   *
   * @param anchor the shared parameters at the start of the round, [slice]; the new ones after it
   * @param averaged what the workers sent, averaged, [slice]; may be changed
   * @param state one slice for each of {@link OuterOptimizer#stateNames}
   * @return the sum of the squares of the mean delta
   */
  public double apply(float[] anchor, float[] averaged, float[][] state) {
    float[] mean = exchange.parameters(anchor, averaged);
    double squares = Distance.square(anchor, mean);
    optimizer.step(anchor, mean, state);
    return squares;
  }
}
