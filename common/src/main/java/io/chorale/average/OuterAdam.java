package io.chorale.average;

import java.util.Arrays;
import java.util.List;

/**
 * Adam on the outer gradient: FedAdam (Reddi et al. 2021, arXiv 2003.00295, Algorithm 2), without
 * bias correction.
 *
 * <p>With delta d, moments m and v, rate r and adaptivity t: {@code m = b1 * m + (1 - b1) * d},
 * {@code v = b2 * v + (1 - b2) * d^2}, {@code anchor = anchor - r * m / (sqrt(v) + t)}; m starts at
 * 0, v at t^2. Computed in double precision.
 */
final class OuterAdam implements OuterOptimizer {
  private final double learningRate;
  private final double beta1;
  private final double beta2;
  private final double adaptivity;

  OuterAdam(double learningRate, double beta1, double beta2, double adaptivity) {
    this.learningRate = learningRate;
    this.beta1 = beta1;
    this.beta2 = beta2;
    this.adaptivity = adaptivity;
  }

  @Override
  public List<String> stateNames() {
    return List.of("outer.first", "outer.second");
  }

  @Override
  public void start(float[] anchor, float[][] state) {
    Arrays.fill(state[1], (float) (adaptivity * adaptivity));
  }

  @Override
  public void step(float[] anchor, float[] mean, float[][] state) {
    double[] from = new double[Doubles.PIECE];
    double[] to = new double[Doubles.PIECE];
    double[] first = new double[Doubles.PIECE];
    double[] second = new double[Doubles.PIECE];
    for (int at = 0; at < anchor.length; at += Doubles.PIECE) {
      int count = Math.min(Doubles.PIECE, anchor.length - at);
      Doubles.widen(anchor, at, count, from);
      Doubles.widen(mean, at, count, to);
      Doubles.widen(state[0], at, count, first);
      Doubles.widen(state[1], at, count, second);
      step(from, to, first, second, count);
      Doubles.narrow(from, count, anchor, at);
      Doubles.narrow(first, count, state[0], at);
      Doubles.narrow(second, count, state[1], at);
    }
  }

  private void step(double[] anchor, double[] mean, double[] first, double[] second, int count) {
    for (int i = 0; i < count; i++) {
      double delta = anchor[i] - mean[i];
      double m = beta1 * first[i] + (1 - beta1) * delta;
      double v = beta2 * second[i] + (1 - beta2) * delta * delta;
      first[i] = m;
      second[i] = v;
      anchor[i] = anchor[i] - learningRate * m / (Math.sqrt(v) + adaptivity);
    }
  }
}
