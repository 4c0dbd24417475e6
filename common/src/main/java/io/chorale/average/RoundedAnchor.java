package io.chorale.average;

import io.chorale.io.Bfloat16;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Keeps the anchor at bfloat16 values, so that it travels in two bytes an element and workers
 * compute from exactly what is evaluated and written.
 *
 * <p>What rounding takes from the anchor is kept as the remainder, part of the outer state, and
 * added after the next step: moves smaller than half a unit in the last place add up. The anchor,
 * not anchor plus remainder, is the model of every round, the last one too.
 */
final class RoundedAnchor implements OuterOptimizer {
  private final OuterOptimizer outer;

  RoundedAnchor(OuterOptimizer outer) {
    this.outer = outer;
  }

  @Override
  public List<String> stateNames() {
    List<String> names = new ArrayList<>();
    names.add("anchor.remainder");
    names.addAll(outer.stateNames());
    return names;
  }

  @Override
  public void start(float[] anchor, float[][] state) {
    outer.start(anchor, inner(state));
    round(anchor, state[0]);
  }

  @Override
  public void step(float[] anchor, float[] mean, float[][] state) {
    outer.step(anchor, mean, inner(state));
    round(anchor, state[0]);
  }

  private static float[][] inner(float[][] state) {
    return Arrays.copyOfRange(state, 1, state.length);
  }

  private static void round(float[] anchor, float[] remainder) {
    double[] exact = new double[Doubles.PIECE];
    double[] other = new double[Doubles.PIECE];
    for (int at = 0; at < anchor.length; at += Doubles.PIECE) {
      int count = Math.min(Doubles.PIECE, anchor.length - at);
      Doubles.widen(anchor, at, count, exact);
      Doubles.widen(remainder, at, count, other);
      Doubles.add(exact, other, count);
      Doubles.narrow(exact, count, anchor, at);
      for (int i = at; i < at + count; i++) {
        anchor[i] = Bfloat16.round(anchor[i]);
      }
      Doubles.widen(anchor, at, count, other);
      Doubles.subtract(exact, other, count);
      Doubles.narrow(exact, count, remainder, at);
    }
  }
}
