package io.chorale.jobs.tokenize;

import java.io.Serializable;
import java.math.BigDecimal;
import java.math.MathContext;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Sums of numbers by channel, without rounding: they do not depend on the order in which their
 * parts were added, and so not on how the work was cut. An addition costs O(digits).
 */
final class ExactSums implements Serializable {
  private static final long serialVersionUID = 1L;

  private final BigDecimal[] sums;
  private long count;

  ExactSums(int channels) {
    sums = new BigDecimal[channels];
    Arrays.fill(sums, BigDecimal.ZERO);
  }

  /**
   * Adds what was summed up already.
   *
   * @param parts one for each channel
   * @param steps how many numbers each is the sum of
   */
  void add(double[] parts, long steps) {
    for (int channel = 0; channel < sums.length; channel++) {
      sums[channel] = sums[channel].add(new BigDecimal(parts[channel]));
    }
    count += steps;
  }

  ExactSums merge(ExactSums other) {
    for (int channel = 0; channel < sums.length; channel++) {
      sums[channel] = sums[channel].add(other.sums[channel]);
    }
    count += other.count;
    return this;
  }

  int channels() {
    return sums.length;
  }

  /** How many numbers were added of each channel. */
  long count() {
    return count;
  }

  /**
   * The mean of a channel, of which at least one number was added; exact but for the last of 34
   * digits.
   */
  BigDecimal mean(int channel) {
    return sums[channel].divide(BigDecimal.valueOf(count), MathContext.DECIMAL128);
  }

  /** The mean of each channel. */
  List<Double> means() {
    return IntStream.range(0, sums.length)
        .mapToObj(channel -> mean(channel).doubleValue())
        .toList();
  }
}
