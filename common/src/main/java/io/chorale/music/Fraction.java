package io.chorale.music;

/**
 * An exact fraction, in lowest terms: lengths of notes, of which tuplets are no binary fractions.
 *
 * @param over the numerator
 * @param under the denominator, above 0
 */
record Fraction(long over, long under) {
  static final Fraction ZERO = new Fraction(0, 1);
  static final Fraction ONE = new Fraction(1, 1);

  Fraction {
    if (under < 1) {
      throw new ArithmeticException("a denominator must be above 0 (got: " + under + ")");
    }
    long divisor = divisor(Math.abs(over), under);
    over /= divisor;
    under /= divisor;
  }

  private static long divisor(long a, long b) {
    return b == 0 ? a : divisor(b, a % b);
  }

  /**
   * The sum.
   *
   * @throws ArithmeticException where it has no room in 64 bits
   */
  Fraction plus(Fraction other) {
    long left = Math.multiplyExact(over, other.under);
    long right = Math.multiplyExact(other.over, under);
    return new Fraction(Math.addExact(left, right), Math.multiplyExact(under, other.under));
  }

  /** The product; as {@link #plus} where it has no room. */
  Fraction times(Fraction other) {
    return new Fraction(
        Math.multiplyExact(over, other.over), Math.multiplyExact(under, other.under));
  }

  /** The nearest whole number to this many times a number. */
  long of(long whole) {
    return Math.round((double) over * whole / under);
  }

  /** Whether it is below that fraction. */
  boolean below(long otherOver, long otherUnder) {
    return over * otherUnder < otherOver * under;
  }
}
