package io.chorale.average;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Small integers, in blocks with one float32 scale each: first all scales, little-endian, then the
 * integers. An element is off by at most half of its block's scale, which is the largest magnitude
 * in the block divided by the largest integer. A block that holds something not finite comes back
 * as not-a-number throughout.
 */
abstract class BlockCodec implements Codec {
  private final int block;
  private final int largest;

  /**
   * @param block elements that share a scale
   * @param largest integer; the smallest is its negative
   */
  BlockCodec(int block, int largest) {
    this.block = block;
    this.largest = largest;
  }

  /** Bytes that hold that many integers. */
  abstract int packedBytes(int length);

  /** Puts an integer at its place in the bytes, which are zero before. */
  abstract void pack(byte[] bytes, int start, int index, int integer);

  /** What {@link #pack} was given. */
  abstract int unpack(byte[] bytes, int start, int index);

  @Override
  public final boolean exact() {
    return false;
  }

  @Override
  public final byte[] encode(float[] values) {
    int packed = scaleBytes(values.length);
    byte[] bytes = new byte[packed + packedBytes(values.length)];
    ByteBuffer scales = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    for (int from = 0; from < values.length; from += block) {
      int to = Math.min(values.length, from + block);
      float magnitude = 0;
      for (int i = from; i < to; i++) {
        magnitude = Math.max(magnitude, Math.abs(values[i]));
      }
      float scale = Float.isFinite(magnitude) ? magnitude / largest : Float.NaN;
      scales.putFloat(scale);
      if (scale > 0) {
        for (int i = from; i < to; i++) {
          double nearest = Math.rint((double) values[i] / scale);
          // A scale among the subnormal numbers is itself rounded by much.
          pack(bytes, packed, i, (int) Math.max(-largest, Math.min(largest, nearest)));
        }
      }
    }
    return bytes;
  }

  @Override
  public final float[] decode(byte[] bytes, int length) {
    int packed = scaleBytes(length);
    float[] values = new float[length];
    ByteBuffer scales = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    for (int from = 0; from < length; from += block) {
      int to = Math.min(length, from + block);
      float scale = scales.getFloat();
      for (int i = from; i < to; i++) {
        values[i] = unpack(bytes, packed, i) * scale;
      }
    }
    return values;
  }

  private int scaleBytes(int length) {
    return (length + block - 1) / block * Float.BYTES;
  }
}
