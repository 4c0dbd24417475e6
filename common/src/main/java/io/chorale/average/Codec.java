package io.chorale.average;

import io.chorale.config.AverageSettings.Format;

/**
 * Floats as the bytes that travel, slice by slice. Deterministic; rounds to the nearest, ties to
 * even. What is not finite never becomes a finite number: it comes back as it was, or as
 * not-a-number.
 */
public interface Codec {
  /** Whether {@link #decode} gives back, to the bit, whatever was encoded. */
  boolean exact();

  /** Bytes of a slice of that many elements. */
  int bytes(int length);

  /**
   * Encodes a piece of a slice.
   *
   * @param values the piece is in, from {@code from} on
   * @param count its elements
   * @param bytes of the slice: zero where the piece comes to
   * @param at its place in the slice, a multiple of 1,024
   * @param length elements of the slice
   */
  void encode(float[] values, int from, int count, byte[] bytes, int at, int length);

  /**
   * Decodes a piece of a slice.
   *
   * @param bytes of the slice
   * @param at the piece's place in it, a multiple of 1,024
   * @param length elements of the slice
   * @param values the piece comes to, from {@code to} on
   * @param count its elements
   */
  void decode(byte[] bytes, int at, int length, float[] values, int to, int count);

  /** The values of a slice as bytes. */
  default byte[] encode(float[] values) {
    byte[] bytes = new byte[bytes(values.length)];
    encode(values, 0, values.length, bytes, 0, values.length);
    return bytes;
  }

  /**
   * The values of a slice again, up to rounding.
   *
   * @param length their number
   */
  default float[] decode(byte[] bytes, int length) {
    float[] values = new float[length];
    decode(bytes, 0, length, values, 0, length);
    return values;
  }

  /** The codec of a format. */
  static Codec of(Format format) {
    return switch (format) {
      case FLOAT32 -> new Float32Codec();
      case BFLOAT16 -> new Bfloat16Codec();
      case INT8 -> new Int8Codec();
      case INT4 -> new Int4Codec();
    };
  }
}
