package io.chorale.average;

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
    add((at, piece, count) -> System.arraycopy(slice, at, piece, 0, count), sliceWeight);
  }

  /** Reads a piece of a slice. */
  interface Pieces {
    /**
     * Reads a piece.
     *
     * @param at its place in the slice
     * @param piece it comes to the begin of
     */
    void read(int at, float[] piece, int count);
  }

  /** As {@link #add(float[], double)}, of a slice that is read piece by piece. */
  void add(Pieces slice, double sliceWeight) {
    if (!(sliceWeight > 0) || Double.isInfinite(sliceWeight)) {
      throw new IllegalArgumentException("a weight must be above 0 (got: " + sliceWeight + ")");
    }
    float[] piece = new float[Doubles.PIECE];
    double[] values = new double[Doubles.PIECE];
    for (int at = 0; at < sum.length; at += Doubles.PIECE) {
      int count = Math.min(Doubles.PIECE, sum.length - at);
      slice.read(at, piece, count);
      Doubles.widen(piece, 0, count, values);
      if (weight == 0) {
        // Not added to zeros: 0.0 + -0.0 is 0.0.
        for (int i = 0; i < count; i++) {
          sum[at + i] = sliceWeight * values[i];
        }
      } else {
        for (int i = 0; i < count; i++) {
          sum[at + i] += sliceWeight * values[i];
        }
      }
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
    double[] values = new double[Doubles.PIECE];
    for (int at = 0; at < mean.length; at += Doubles.PIECE) {
      int count = Math.min(Doubles.PIECE, mean.length - at);
      for (int i = 0; i < count; i++) {
        values[i] = sum[at + i] / weight;
      }
      Doubles.narrow(values, count, mean, at);
    }
    return mean;
  }
}
