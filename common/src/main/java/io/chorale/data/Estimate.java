package io.chorale.data;

import java.util.List;

/**
 * A total of a whole, told by a sample.
 *
 * @param error half the width of its 95 % interval, by Student's distribution of the number of
 *     parts: in about nineteen of twenty samples the true value lies closer; not a number where a
 *     sample of one part cannot tell
 */
public record Estimate(double value, double error) {
  /** Of nothing. */
  public static final Estimate NOTHING = new Estimate(0, 0);

  /** The 97.5th percentile of the normal distribution. */
  private static final double NORMAL = 1.96;

  /** The 97.5th percentiles of Student's distribution with 1, 2, 3 and more degrees of freedom. */
  private static final double[] STUDENT = {
    12.71, 4.30, 3.18, 2.78, 2.57, 2.45, 2.36, 2.31, 2.26, 2.23, 2.20, 2.18, 2.16, 2.14, 2.13
  };

  /** Of more degrees than those, by the first terms of its expansion around the normal one. */
  private static double student(int degrees) {
    return degrees <= STUDENT.length ? STUDENT[degrees - 1] : NORMAL + 2.37 / degrees;
  }

  /**
   * A part of a sample.
   *
   * @param size how much of the whole it is
   * @param amount what was counted in it
   */
  public record Part(double size, double amount) {}

  /**
   * The total of something that grows with the size of what is read, by the ratio estimator (W. G.
   * Cochran, Sampling Techniques, 3rd edition, 1977, section 6.4). Its error is told by how much
   * the ratio differs between parts; where what was counted is the size itself, there is none.
   *
   * @param whole size of all that the parts are of
   */
  public static Estimate ofParts(List<Part> parts, double whole) {
    double size = parts.stream().mapToDouble(Part::size).sum();
    double amount = parts.stream().mapToDouble(Part::amount).sum();
    if (size == 0) {
      return new Estimate(amount, amount == 0 ? 0 : Double.NaN);
    }
    double ratio = amount / size;
    int count = parts.size();
    double left = Math.max(0, 1 - size / whole);
    if (parts.stream().allMatch(part -> part.amount() == part.size())) {
      return new Estimate(whole, 0);
    }
    if (left > 0 && count < 2) {
      return new Estimate(ratio * whole, Double.NaN);
    }
    double squares =
        parts.stream()
            .mapToDouble(part -> part.amount() - ratio * part.size())
            .map(rest -> rest * rest)
            .sum();
    double variance = left == 0 ? 0 : left * squares / (count - 1) * count;
    return new Estimate(
        ratio * whole, student(Math.max(1, count - 1)) * whole / size * Math.sqrt(variance));
  }

  /**
   * The total of something where each of many rows is in the sample by chance, independently of the
   * others, and nobody knows how many there are.
   *
   * @param parts of the sample, of which the size is a number of rows
   * @param share the chance
   */
  public static Estimate ofRows(List<Part> parts, double share) {
    double rows = parts.stream().mapToDouble(Part::size).sum();
    Estimate known = ofParts(parts, rows / share);
    double ofCount = NORMAL * known.value() * Math.sqrt((1 - share) / Math.max(1, rows));
    return new Estimate(known.value(), Math.hypot(known.error(), ofCount));
  }

  /** The sum of two that know nothing of each other. */
  public Estimate plus(Estimate other) {
    return new Estimate(value + other.value, Math.hypot(error, other.error));
  }
}
