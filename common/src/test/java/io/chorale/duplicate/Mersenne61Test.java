package io.chorale.duplicate;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.chorale.random.SplitMix64;
import java.math.BigInteger;
import org.junit.jupiter.api.Test;

class Mersenne61Test {
  private static final BigInteger PRIME = BigInteger.TWO.pow(61).subtract(BigInteger.ONE);

  @Test
  void agreesWithExactArithmeticInTheCorners() {
    long last = Mersenne61.PRIME - 1;
    long[] corners = {0, 1, 2, 7, 8, 1L << 60, (1L << 60) + 1, last - 1, last};
    for (long a : corners) {
      for (long x : corners) {
        for (long b : corners) {
          check(a, x, b);
        }
      }
    }
  }

  @Test
  void agreesWithExactArithmeticAnywhere() {
    SplitMix64 random = new SplitMix64(3);
    for (int i = 0; i < 20_000; i++) {
      check(
          random.below(Mersenne61.PRIME),
          random.below(Mersenne61.PRIME),
          random.below(Mersenne61.PRIME));
    }
  }

  @Test
  void bitsBecomeResidues() {
    assertEquals(0, Mersenne61.residue(0));
    assertEquals(0, Mersenne61.residue(Mersenne61.PRIME));
    assertEquals(0, Mersenne61.residue(-1));
    assertEquals(Mersenne61.PRIME - 1, Mersenne61.residue(Mersenne61.PRIME - 1));
    assertEquals(5, Mersenne61.residue(5 | 1L << 63));
  }

  private static void check(long a, long x, long b) {
    BigInteger exact =
        BigInteger.valueOf(a).multiply(BigInteger.valueOf(x)).add(BigInteger.valueOf(b)).mod(PRIME);
    assertEquals(
        exact.longValueExact(),
        Mersenne61.multiplyAdd(a, x, b),
        () -> "%d * %d + %d".formatted(a, x, b));
  }
}
