package io.chorale.duplicate;

/**
 * Arithmetic modulo the Mersenne prime 2^61 - 1, exact and without a division: the high bits of a
 * number are added to its low ones, since 2^61 is 1.
 */
final class Mersenne61 {
  /** The prime. */
  static final long PRIME = (1L << 61) - 1;

  private Mersenne61() {}

  /** Any 64 bits as a residue: the lowest 61 of them. */
  static long residue(long bits) {
    long low = bits & PRIME;
    return low == PRIME ? 0 : low;
  }

  /** (a x + b) modulo the prime; all three from 0 to 2^61 - 2. */
  static long multiplyAdd(long a, long x, long b) {
    long high = Math.multiplyHigh(a, x);
    long low = a * x;
    // Three numbers below 2^61: no overflow.
    long sum = (low & PRIME) + (high << 3 | low >>> 61) + b;
    long folded = (sum & PRIME) + (sum >>> 61) - PRIME;
    return folded + (PRIME & folded >> 63);
  }
}
