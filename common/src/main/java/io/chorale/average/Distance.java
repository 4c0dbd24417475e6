package io.chorale.average;

import io.chorale.io.FloatSlices;

/** Euclidean distances between vectors of parameters, summed in double precision. O(P). */
public final class Distance {
  private Distance() {}

  /** The square of the distance of two vectors of one length. */
  public static double square(FloatSlices a, FloatSlices b) {
    double sum = 0;
    for (int slice = 0; slice < a.sliceCount(); slice++) {
      float[] left = a.slice(slice);
      float[] right = b.slice(slice);
      for (int i = 0; i < left.length; i++) {
        double difference = (double) left[i] - right[i];
        sum += difference * difference;
      }
    }
    return sum;
  }

  /** The distance of a vector from zero. */
  public static double norm(FloatSlices a) {
    double sum = 0;
    for (int slice = 0; slice < a.sliceCount(); slice++) {
      for (float value : a.slice(slice)) {
        sum += (double) value * value;
      }
    }
    return Math.sqrt(sum);
  }
}
