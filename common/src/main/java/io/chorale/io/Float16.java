package io.chorale.io;

/** Rounds float32 to IEEE 754's binary16: 11 significant bits, up to 65,504. */
public final class Float16 {
  /** The largest finite number. */
  public static final float LARGEST = 65_504;

  private static final int SIGN = 0x8000;
  private static final int INFINITY = 0x7c00;
  private static final int QUIET = 0x200;

  /** Mantissa bits that float32 has and binary16 has not. */
  private static final int FEWER = 13;

  /** How much larger the exponent of the same number is in float32. */
  private static final int BIAS = 127 - 15;

  private Float16() {}

  /** The bits of the nearest number, ties to the even one; infinity beyond the largest one. */
  public static short bits(float value) {
    int bits = Float.floatToRawIntBits(value);
    int sign = bits >>> Short.SIZE & SIGN;
    if (Float.isNaN(value)) {
      return (short) (sign | INFINITY | QUIET);
    }
    int size = bits & 0x7fffffff;
    int exponent = (size >>> 23) - BIAS;
    if (exponent >= 31) {
      return (short) (sign | INFINITY);
    }
    if (exponent > 0) {
      // A carry from the mantissa into the exponent is right, up to infinity.
      return (short) (sign | half(size - (BIAS << 23), FEWER));
    }
    if (exponent < -10) {
      return (short) sign;
    }
    // Below the smallest normal number all share an exponent: the leading bit is spelt out.
    return (short) (sign | half(size & 0x7fffff | 0x800000, FEWER + 1 - exponent));
  }

  /** Shifts to the right, to the nearest number, ties to the even one. */
  private static int half(int bits, int shift) {
    return bits + (1 << shift - 1) - 1 + (bits >>> shift & 1) >>> shift;
  }

  /** The number of those bits. */
  public static float value(short bits) {
    int exponent = bits >>> 10 & 31;
    int mantissa = bits & 0x3ff;
    float size =
        switch (exponent) {
          case 0 -> mantissa * 0x1p-24f;
          case 31 -> mantissa == 0 ? Float.POSITIVE_INFINITY : Float.NaN;
          default -> Float.intBitsToFloat(exponent + BIAS << 23 | mantissa << FEWER);
        };
    return bits < 0 ? -size : size;
  }
}
