package io.chorale.average;

import io.chorale.io.Bfloat16;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.ShortBuffer;

/** Sends {@link Bfloat16}, two bytes an element, little-endian. */
final class Bfloat16Codec implements Codec {
  @Override
  public boolean exact() {
    return false;
  }

  @Override
  public byte[] encode(float[] values) {
    byte[] bytes = new byte[Math.multiplyExact(values.length, Short.BYTES)];
    ShortBuffer halves = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).asShortBuffer();
    for (float value : values) {
      halves.put(Bfloat16.bits(value));
    }
    return bytes;
  }

  @Override
  public float[] decode(byte[] bytes, int length) {
    float[] values = new float[length];
    ShortBuffer halves = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).asShortBuffer();
    for (int i = 0; i < length; i++) {
      values[i] = Bfloat16.value(halves.get(i));
    }
    return values;
  }
}
