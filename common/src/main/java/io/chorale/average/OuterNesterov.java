package io.chorale.average;

import java.util.List;

/**
 * Stochastic gradient descent with Nesterov momentum on the outer gradient: DiLoCo (Douillard et
 * al. 2023, arXiv 2311.08105).
 *
 * <p>With delta d, momentum buffer m, momentum u and learning rate r: {@code m = u * m + d}, {@code
 * anchor = anchor - r * (d + u * m)}. Computed in double precision; with r = 1 and u = 0 the anchor
 * becomes the mean.
 */
final class OuterNesterov implements OuterOptimizer {
  private final double learningRate;
  private final double momentum;

  OuterNesterov(double learningRate, double momentum) {
    this.learningRate = learningRate;
    this.momentum = momentum;
  }

  @Override
  public List<String> stateNames() {
    return List.of("outer.momentum");
  }

  @Override
  public void step(float[] anchor, float[] mean, float[][] state) {
    float[] buffer = state[0];
    for (int i = 0; i < anchor.length; i++) {
      double delta = (double) anchor[i] - mean[i];
      double moved = momentum * buffer[i] + delta;
      buffer[i] = (float) moved;
      anchor[i] = (float) (anchor[i] - learningRate * (delta + momentum * moved));
    }
  }
}
