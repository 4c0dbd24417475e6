package io.chorale.average;

import java.util.Arrays;

/**
 * The weighted mean of float32 slices, summed in double precision in the order of {@link #add}.
 *
 * <p>Callers add in worker order, so the mean does not depend on who finished first. The mean of a
 * single slice is that slice, to the bit. Memory: one double an element, whatever the number of
 * slices.
 */
public final class WeightedMean {
  private final double[] sum;
  private double weight;

  /**
   * @param length elements of each slice
   */
  public WeightedMean(int length) {
    this.sum = new double[length];
    // -0.0 + x is x for every x; 0.0 + -0.0 is 0.0.
    Arrays.fill(sum, -0.0);
  }

  /**
   * Adds a slice.
   *
   * @param slice values, [length]
   * @param sliceWeight above 0; here: the tokens that the worker trained on
   * @throws IllegalArgumentException where the slice has another length or the weight is not above
   *     0
   */
  public void add(float[] slice, double sliceWeight) {
    if (slice.length != sum.length) {
      throw new IllegalArgumentException(
          "a slice must have " + sum.length + " elements (got: " + slice.length + ")");
    }
    if (!(sliceWeight > 0) || Double.isInfinite(sliceWeight)) {
      throw new IllegalArgumentException("a weight must be above 0 (got: " + sliceWeight + ")");
    }
    for (int i = 0; i < sum.length; i++) {
      sum[i] += sliceWeight * slice[i];
    }
    weight += sliceWeight;
  }

  /** The sum of the weights of what was added. */
  public double weight() {
    return weight;
  }

  /**
   * The mean of what was added, [length].
   *
   * @throws IllegalStateException where nothing was added
   */
  public float[] mean() {
    if (weight == 0) {
      throw new IllegalStateException("nothing was added");
    }
    float[] mean = new float[sum.length];
    for (int i = 0; i < mean.length; i++) {
      mean[i] = (float) (sum[i] / weight);
    }
    return mean;
  }
}
