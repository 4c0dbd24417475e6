package io.chorale.average;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Four bytes an element, little-endian. */
final class Float32Codec implements Codec {
  @Override
  public boolean exact() {
    return true;
  }

  @Override
  public byte[] encode(float[] values) {
    byte[] bytes = new byte[Math.multiplyExact(values.length, Float.BYTES)];
    ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().put(values);
    return bytes;
  }

  @Override
  public float[] decode(byte[] bytes, int length) {
    float[] values = new float[length];
    ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().get(values);
    return values;
  }
}
