package io.chorale.evaluate;

import io.chorale.random.SplitMix64;
import java.util.Arrays;
import java.util.List;
import java.util.function.ToDoubleFunction;

/**
 * How much of the difference between two models is noise, by a paired bootstrap (Efron and
 * Tibshirani, An Introduction to the Bootstrap, 1993; Koehn, EMNLP 2004): batches of held-out rows
 * are drawn with replacement, the same ones for both models, and the measure is made anew of each
 * drawing. Pairs free it of how hard the rows are; batches of neighbouring rows, not single ones,
 * keep what these have in common.
 *
 * <p>Costs {@link #DRAWINGS} times the sums of both models.
 *
 * @param difference of the measure over all batches: that of the second model minus the first's
 * @param low the 2.5th percentile of the differences of the drawings
 * @param high the 97.5th percentile
 */
public record PairedBootstrap(double difference, double low, double high) {
  /** Drawings with replacement. */
  static final int DRAWINGS = 1000;

  private static final double TAIL = 0.025;

  /**
   * Compares two models on the same batches.
   *
   * @param first what the measure of the first model is made from, batch by batch; at least one
   * @param second the same of the second one
   * @param measure of sums that are added up
   */
  public static PairedBootstrap of(
      List<double[]> first, List<double[]> second, ToDoubleFunction<double[]> measure) {
    if (first.isEmpty() || first.size() != second.size()) {
      throw new IllegalArgumentException(
          "expected as many batches of both models, at least one (got: %d and %d)"
              .formatted(first.size(), second.size()));
    }
    int[] all = new int[first.size()];
    Arrays.fill(all, 1);
    double[] differences = new double[DRAWINGS];
    for (int drawing = 0; drawing < DRAWINGS; drawing++) {
      int[] times = new int[first.size()];
      SplitMix64 random = SplitMix64.of(drawing, first.size());
      for (int i = 0; i < times.length; i++) {
        times[(int) random.below(times.length)]++;
      }
      differences[drawing] = difference(first, second, times, measure);
    }
    Arrays.sort(differences);
    return new PairedBootstrap(
        difference(first, second, all, measure),
        differences[(int) (TAIL * DRAWINGS)],
        differences[DRAWINGS - 1 - (int) (TAIL * DRAWINGS)]);
  }

  private static double difference(
      List<double[]> first,
      List<double[]> second,
      int[] times,
      ToDoubleFunction<double[]> measure) {
    return measure.applyAsDouble(sum(second, times)) - measure.applyAsDouble(sum(first, times));
  }

  private static double[] sum(List<double[]> batches, int[] times) {
    double[] sum = new double[batches.get(0).length];
    for (int batch = 0; batch < times.length; batch++) {
      if (times[batch] > 0) {
        double[] values = batches.get(batch);
        for (int i = 0; i < sum.length; i++) {
          sum[i] += times[batch] * values[i];
        }
      }
    }
    return sum;
  }
}
