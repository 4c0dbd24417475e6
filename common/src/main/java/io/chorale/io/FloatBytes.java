package io.chorale.io;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** A slice of float32 as little-endian bytes: the form in which it travels. */
public final class FloatBytes {
  private FloatBytes() {}

  /** Four bytes an element. */
  public static byte[] encode(float[] values) {
    byte[] bytes = new byte[Math.multiplyExact(values.length, Float.BYTES)];
    ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().put(values);
    return bytes;
  }

  /** What {@link #encode} was given, to the bit. */
  public static float[] decode(byte[] bytes) {
    float[] values = new float[bytes.length / Float.BYTES];
    ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().get(values);
    return values;
  }
}
