package io.chorale.average;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;

/** Four bytes an element, little-endian. */
final class Float32Codec implements Codec {
  @Override
  public boolean exact() {
    return true;
  }

  @Override
  public int bytes(int length) {
    return Math.multiplyExact(length, Float.BYTES);
  }

  @Override
  public void encode(float[] values, int from, int count, byte[] bytes, int at, int length) {
    floats(bytes, at).put(values, from, count);
  }

  @Override
  public void decode(byte[] bytes, int at, int length, float[] values, int to, int count) {
    floats(bytes, at).get(values, to, count);
  }

  private static FloatBuffer floats(byte[] bytes, int at) {
    return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().position(at);
  }
}
