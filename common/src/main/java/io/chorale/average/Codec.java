package io.chorale.average;

import io.chorale.config.AverageSettings.Format;

/**
 * Floats as the bytes that travel. Deterministic; rounds to the nearest, ties to even. What is not
 * finite never becomes a finite number: it comes back as it was, or as not-a-number.
 */
public interface Codec {
  /** Whether {@link #decode} gives back, to the bit, whatever was encoded. */
  boolean exact();

  /** The values as bytes. */
  byte[] encode(float[] values);

  /**
   * The values again, up to rounding.
   *
   * @param length their number
   */
  float[] decode(byte[] bytes, int length);

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
