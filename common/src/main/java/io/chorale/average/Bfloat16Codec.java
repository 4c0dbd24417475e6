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
  public int bytes(int length) {
    return Math.multiplyExact(length, Short.BYTES);
  }

  @Override
  public void encode(float[] values, int from, int count, byte[] bytes, int at, int length) {
    ShortBuffer halves = halves(bytes, at);
    for (int i = 0; i < count; i++) {
      halves.put(Bfloat16.bits(values[from + i]));
    }
  }

  @Override
  public void decode(byte[] bytes, int at, int length, float[] values, int to, int count) {
    ShortBuffer halves = halves(bytes, at);
    for (int i = 0; i < count; i++) {
      values[to + i] = Bfloat16.value(halves.get());
    }
  }

  private static ShortBuffer halves(byte[] bytes, int at) {
    return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).asShortBuffer().position(at);
  }
}
