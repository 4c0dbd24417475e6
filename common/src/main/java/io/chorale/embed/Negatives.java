package io.chorale.embed;

import java.util.stream.DoubleStream;
import java.util.stream.IntStream;

/**
 * Draws words by their counts to a power, in constant time: the alias method (Walker 1977, in
 * Vose's form of 1991).
 */
final class Negatives {
  private static final int BITS = 31;

  private final int[] threshold;
  private final int[] alias;

  Negatives(long[] counts, double power) {
    int size = counts.length;
    double[] weights =
        IntStream.range(0, size).mapToDouble(i -> StrictMath.pow(counts[i], power)).toArray();
    double mean = DoubleStream.of(weights).sum() / size;
    threshold = new int[size];
    alias = new int[size];
    int[] waiting = new int[size];
    int low = 0;
    int high = size;
    for (int word = 0; word < size; word++) {
      weights[word] /= mean;
      waiting[weights[word] < 1 ? low++ : --high] = word;
    }
    while (low > 0 && high < size) {
      int small = waiting[--low];
      int large = waiting[high];
      fill(small, weights[small], large);
      weights[large] -= 1 - weights[small];
      if (weights[large] < 1) {
        high++;
        waiting[low++] = large;
      }
    }
    // Rounding leaves some that are all but full.
    while (low > 0) {
      fill(waiting[low - 1], 1, waiting[--low]);
    }
    for (; high < size; high++) {
      fill(waiting[high], 1, waiting[high]);
    }
  }

  private void fill(int word, double share, int other) {
    threshold[word] = (int) Math.min(Integer.MAX_VALUE, share * (1L << BITS));
    alias[word] = other;
  }

  /** The word that 64 random bits stand for. */
  int draw(long random) {
    int column = (int) ((random >>> 33) * threshold.length >>> BITS);
    return ((int) random & Integer.MAX_VALUE) < threshold[column] ? column : alias[column];
  }
}
