package io.chorale.io;

/** Rounds float32 to its upper half: 8 significant bits, and the exponents of float32. */
public final class Bfloat16 {
  private static final int QUIET = 1 << 22;

  private Bfloat16() {}

  /**
   * The upper half of the nearest float32 whose lower half is zero, ties to the even one; infinity
   * beyond the largest one. What is rounded is off by at most 2^-8 of its size.
   */
  public static short bits(float value) {
    return (short) (rounded(value) >>> Short.SIZE);
  }

  /** The float32 whose upper half those bits are. */
  public static float value(short bits) {
    return Float.intBitsToFloat(bits << Short.SIZE);
  }

  /** The nearest float32 whose lower half is zero. */
  public static float round(float value) {
    return Float.intBitsToFloat(rounded(value));
  }

  private static int rounded(float value) {
    int bits = Float.floatToRawIntBits(value);
    if (Float.isNaN(value)) {
      // Adding could carry it over into a number; without a payload bit it would be infinity.
      return (bits | QUIET) & 0xffff0000;
    }
    // The carry from the mantissa into the exponent is what rounding up to a power of two needs.
    return (bits + 0x7fff + ((bits >>> Short.SIZE) & 1)) & 0xffff0000;
  }
}
