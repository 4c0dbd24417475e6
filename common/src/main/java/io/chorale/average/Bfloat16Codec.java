package io.chorale.average;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.ShortBuffer;

/**
 * The upper half of a float32, two bytes an element, little-endian: 8 significant bits, and the
 * exponents of float32. What is rounded is off by at most 2^-8 of its size.
 */
final class Bfloat16Codec implements Codec {
  private static final int QUIET = 1 << 22;

  @Override
  public boolean exact() {
    return false;
  }

  @Override
  public byte[] encode(float[] values) {
    byte[] bytes = new byte[Math.multiplyExact(values.length, Short.BYTES)];
    ShortBuffer halves = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).asShortBuffer();
    for (float value : values) {
      halves.put((short) (rounded(value) >>> 16));
    }
    return bytes;
  }

  @Override
  public float[] decode(byte[] bytes, int length) {
    float[] values = new float[length];
    ShortBuffer halves = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).asShortBuffer();
    for (int i = 0; i < length; i++) {
      values[i] = Float.intBitsToFloat(halves.get(i) << 16);
    }
    return values;
  }

  /** The nearest float32 whose lower half is zero; infinity beyond the largest one. */
  static float round(float value) {
    return Float.intBitsToFloat(rounded(value));
  }

  private static int rounded(float value) {
    int bits = Float.floatToRawIntBits(value);
    if (Float.isNaN(value)) {
      // Adding could carry it over into a number; without a payload bit it would be infinity.
      return (bits | QUIET) & 0xffff0000;
    }
    // The carry from the mantissa into the exponent is what rounding up to a power of two needs.
    return (bits + 0x7fff + ((bits >>> 16) & 1)) & 0xffff0000;
  }
}
