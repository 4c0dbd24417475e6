package io.chorale.average;

import io.chorale.io.FloatSlices;

/** Euclidean distances between vectors of parameters, summed in double precision. O(P). */
public final class Distance {
  /** Sums that are added to in turn: an addition waits for the one before it. */
  private static final int SUMS = 8;

  private Distance() {}

  /** The square of the distance of two slices of one length; differences are float32. */
  public static double square(float[] a, float[] b) {
    float[] difference = new float[Doubles.PIECE];
    double[] values = new double[Doubles.PIECE];
    double[] sums = new double[SUMS];
    for (int at = 0; at < a.length; at += Doubles.PIECE) {
      int count = Math.min(Doubles.PIECE, a.length - at);
      for (int i = 0; i < count; i++) {
        difference[i] = a[at + i] - b[at + i];
      }
      Doubles.widen(difference, 0, count, values);
      addSquares(values, count, sums);
    }
    return sum(sums);
  }

  /** The distance of a vector from zero. */
  public static double norm(FloatSlices a) {
    double[] values = new double[Doubles.PIECE];
    double[] sums = new double[SUMS];
    for (int slice = 0; slice < a.sliceCount(); slice++) {
      float[] floats = a.slice(slice);
      for (int at = 0; at < floats.length; at += Doubles.PIECE) {
        int count = Math.min(Doubles.PIECE, floats.length - at);
        Doubles.widen(floats, at, count, values);
        addSquares(values, count, sums);
      }
    }
    return Math.sqrt(sum(sums));
  }

  private static void addSquares(double[] values, int count, double[] sums) {
    int whole = count - count % SUMS;
    for (int i = 0; i < whole; i += SUMS) {
      for (int j = 0; j < SUMS; j++) {
        sums[j] += values[i + j] * values[i + j];
      }
    }
    for (int i = whole; i < count; i++) {
      sums[i - whole] += values[i] * values[i];
    }
  }

  private static double sum(double[] sums) {
    double sum = 0;
    for (double one : sums) {
      sum += one;
    }
    return sum;
  }
}
