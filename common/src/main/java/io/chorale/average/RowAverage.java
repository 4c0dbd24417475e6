package io.chorale.average;

import java.util.Arrays;

/**
 * The average of rows that several workers moved, row by row, by Adasum (Maleki et al. 2020, arXiv
 * 2006.02924; for word vectors: Maleki et al. 2019, arXiv 1909.03359): changes that are orthogonal
 * add, changes that are equal are averaged, and whatever lies between,
 *
 * <pre>a (1 - ab / 2aa) + b (1 - ab / 2bb).</pre>
 *
 * <p>The mean would let a word that one of K workers has seen move by a K-th of what it learnt; the
 * sum would overshoot for words that all of them have seen. A worker that left a row as it was has
 * no say in it; a row that one worker moved becomes that worker's, to the bit.
 *
 * <p>Changes are combined in pairs, in the order of {@link #add}, as a tree: the result does not
 * depend on who finished first. Memory: log2 K doubles an element, whatever K is.
 */
final class RowAverage {
  private final float[] anchor;
  private final int stride;
  private final float[] average;

  /** How many workers moved each row. */
  private final int[] movers;

  /** For each bit of {@link #movers} that is set the change of as many of them together. */
  private double[][] levels = new double[0][];

  /**
   * @param anchor the rows that the workers started from, [rows * stride]
   * @param stride elements of a row
   */
  RowAverage(float[] anchor, int stride) {
    if (anchor.length % stride != 0) {
      throw new IllegalArgumentException(
          "the rows must be a multiple of %d (got: %d)".formatted(stride, anchor.length));
    }
    this.anchor = anchor;
    this.stride = stride;
    this.average = anchor.clone();
    this.movers = new int[anchor.length / stride];
  }

  /**
   * Adds what a worker ended with.
   *
   * @param rows [rows * stride]
   */
  void add(float[] rows) {
    if (rows.length != anchor.length) {
      throw new IllegalArgumentException(
          "the rows must have %d elements (got: %d)".formatted(anchor.length, rows.length));
    }
    for (int row = 0; row < movers.length; row++) {
      int at = row * stride;
      if (Arrays.mismatch(rows, at, at + stride, anchor, at, at + stride) < 0) {
        continue;
      }
      if (movers[row] == 0) {
        System.arraycopy(rows, at, average, at, stride);
      }
      double[] change = new double[stride];
      for (int k = 0; k < stride; k++) {
        change[k] = (double) rows[at + k] - anchor[at + k];
      }
      int level = 0;
      for (; (movers[row] >> level & 1) == 1; level++) {
        combine(change, levels[level], at);
      }
      System.arraycopy(change, 0, level(level), at, stride);
      movers[row]++;
    }
  }

  /** The average of what was added, [rows * stride]; rows that nobody moved are the anchor's. */
  float[] average() {
    float[] result = average.clone();
    for (int row = 0; row < movers.length; row++) {
      if (movers[row] > 1) {
        int at = row * stride;
        int level = Integer.numberOfTrailingZeros(movers[row]);
        double[] change = Arrays.copyOfRange(levels[level], at, at + stride);
        while (movers[row] >> ++level != 0) {
          if ((movers[row] >> level & 1) == 1) {
            combine(change, levels[level], at);
          }
        }
        for (int k = 0; k < stride; k++) {
          result[at + k] = (float) (anchor[at + k] + change[k]);
        }
      }
    }
    return result;
  }

  /** Makes of a change that of itself and an earlier one. */
  private void combine(double[] change, double[] earlier, int at) {
    double ab = 0;
    double aa = 0;
    double bb = 0;
    for (int k = 0; k < stride; k++) {
      double a = earlier[at + k];
      double b = change[k];
      ab += a * b;
      aa += a * a;
      bb += b * b;
    }
    double ofEarlier = aa == 0 ? 1 : 1 - ab / (2 * aa);
    double ofChange = bb == 0 ? 1 : 1 - ab / (2 * bb);
    for (int k = 0; k < stride; k++) {
      change[k] = ofEarlier * earlier[at + k] + ofChange * change[k];
    }
  }

  private double[] level(int level) {
    if (level == levels.length) {
      levels = Arrays.copyOf(levels, level + 1);
      levels[level] = new double[anchor.length];
    }
    return levels[level];
  }
}
