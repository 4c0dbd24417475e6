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
    double[] from = new double[Doubles.PIECE];
    double[] to = new double[Doubles.PIECE];
    double[] buffer = new double[Doubles.PIECE];
    for (int at = 0; at < anchor.length; at += Doubles.PIECE) {
      int count = Math.min(Doubles.PIECE, anchor.length - at);
      Doubles.widen(anchor, at, count, from);
      Doubles.widen(mean, at, count, to);
      Doubles.widen(state[0], at, count, buffer);
      step(from, to, buffer, count);
      Doubles.narrow(from, count, anchor, at);
      Doubles.narrow(buffer, count, state[0], at);
    }
  }

  private void step(double[] anchor, double[] mean, double[] buffer, int count) {
    for (int i = 0; i < count; i++) {
      double delta = anchor[i] - mean[i];
      double moved = momentum * buffer[i] + delta;
      buffer[i] = moved;
      anchor[i] = anchor[i] - learningRate * (delta + momentum * moved);
    }
  }
}
