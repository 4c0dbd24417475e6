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
  /** The bits of infinity; those of not-a-number are more. */
  private static final int INFINITE = 0x7f800000;

  /**
   * Added to a double of at most 2^50 in magnitude: the sum has no bits after the point, and ends
   * in those of the nearest integer.
   */
  private static final double TO_INTEGER = 0x1.8p52;

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
  public final int bytes(int length) {
    return scaleBytes(length) + packedBytes(length);
  }

  @Override
  public final void encode(float[] values, int from, int count, byte[] bytes, int at, int length) {
    int packed = scaleBytes(length);
    ByteBuffer scales = scales(bytes, at);
    double[] nearest = new double[block];
    for (int done = 0; done < count; done += block) {
      int elements = Math.min(block, count - done);
      int magnitude = magnitude(values, from + done, elements);
      float scale = magnitude < INFINITE ? Float.intBitsToFloat(magnitude) / largest : Float.NaN;
      scales.putFloat(scale);
      if (scale > 0) {
        Doubles.widen(values, from + done, elements, nearest);
        round(nearest, elements, scale);
        for (int i = 0; i < elements; i++) {
          pack(bytes, packed, at + done + i, (int) Double.doubleToRawLongBits(nearest[i]));
        }
      }
    }
  }

  /**
   * The bits of the largest magnitude; those of what is not finite are {@link #INFINITE} or more.
   */
  private static int magnitude(float[] values, int from, int count) {
    // Four at a time: each comparison waits for the one before.
    int m0 = 0;
    int m1 = 0;
    int m2 = 0;
    int m3 = 0;
    int end = from + count;
    int i = from;
    for (; i < end - 3; i += 4) {
      m0 = Math.max(m0, bits(values[i]));
      m1 = Math.max(m1, bits(values[i + 1]));
      m2 = Math.max(m2, bits(values[i + 2]));
      m3 = Math.max(m3, bits(values[i + 3]));
    }
    for (; i < end; i++) {
      m0 = Math.max(m0, bits(values[i]));
    }
    return Math.max(Math.max(m0, m1), Math.max(m2, m3));
  }

  private static int bits(float value) {
    return Float.floatToRawIntBits(value) & Integer.MAX_VALUE;
  }

  /** Makes of each value the nearest integer to its quotient, in the lower bits of a double. */
  private void round(double[] values, int count, double scale) {
    for (int i = 0; i < count; i++) {
      // A scale among the subnormal numbers is itself rounded by much.
      values[i] = Math.max(-largest, Math.min(largest, values[i] / scale)) + TO_INTEGER;
    }
  }

  @Override
  public final void decode(byte[] bytes, int at, int length, float[] values, int to, int count) {
    int packed = scaleBytes(length);
    ByteBuffer scales = scales(bytes, at);
    for (int done = 0; done < count; done += block) {
      int elements = Math.min(block, count - done);
      float scale = scales.getFloat();
      for (int i = 0; i < elements; i++) {
        values[to + done + i] = unpack(bytes, packed, at + done + i) * scale;
      }
    }
  }

  private ByteBuffer scales(byte[] bytes, int at) {
    return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).position(at / block * Float.BYTES);
  }

  private int scaleBytes(int length) {
    return (length + block - 1) / block * Float.BYTES;
  }
}
