package io.chorale.io;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Fills arrays from little-endian streams, chunk by chunk; fails where the stream ends early. */
public final class ArrayInput {
  private static final int CHUNK = 1 << 17;

  private ArrayInput() {}

  /** Fills with 16-bit elements. */
  public static void shorts(InputStream in, short[] values) throws IOException {
    Chunks chunks = new Chunks(in, (long) values.length * Short.BYTES);
    for (int at = 0; at < values.length; ) {
      ByteBuffer chunk = chunks.next();
      int count = chunk.remaining() / Short.BYTES;
      chunk.asShortBuffer().get(values, at, count);
      at += count;
    }
  }

  /** Fills with 32-bit integers. */
  public static void ints(InputStream in, int[] values) throws IOException {
    Chunks chunks = new Chunks(in, (long) values.length * Integer.BYTES);
    for (int at = 0; at < values.length; ) {
      ByteBuffer chunk = chunks.next();
      int count = chunk.remaining() / Integer.BYTES;
      chunk.asIntBuffer().get(values, at, count);
      at += count;
    }
  }

  /** Fills with 64-bit integers. */
  public static void longs(InputStream in, long[] values) throws IOException {
    Chunks chunks = new Chunks(in, (long) values.length * Long.BYTES);
    for (int at = 0; at < values.length; ) {
      ByteBuffer chunk = chunks.next();
      int count = chunk.remaining() / Long.BYTES;
      chunk.asLongBuffer().get(values, at, count);
      at += count;
    }
  }

  /** Fills with float32. */
  public static void floats(InputStream in, float[] values) throws IOException {
    Chunks chunks = new Chunks(in, (long) values.length * Float.BYTES);
    for (int at = 0; at < values.length; ) {
      ByteBuffer chunk = chunks.next();
      int count = chunk.remaining() / Float.BYTES;
      chunk.asFloatBuffer().get(values, at, count);
      at += count;
    }
  }

  /** The next elements as float32. */
  static FloatVector vector(InputStream in, long elements) throws IOException {
    FloatVector values = new FloatVector(elements);
    for (int i = 0; i < values.sliceCount(); i++) {
      floats(in, values.slice(i));
    }
    return values;
  }

  /** Fills with float32, slice by slice. */
  static void floats(InputStream in, FloatStore store) throws IOException {
    float[] room = new float[FloatVector.sliceLength(store.length(), 0)];
    for (int i = 0; i < store.sliceCount(); i++) {
      int length = FloatVector.sliceLength(store.length(), i);
      float[] slice = length == room.length ? room : new float[length];
      floats(in, slice);
      store.put(i, slice);
    }
  }

  private static final class Chunks {
    private final InputStream in;
    private final byte[] bytes;
    private final ByteBuffer buffer;
    private long left;

    Chunks(InputStream in, long total) {
      this.in = in;
      this.left = total;
      this.bytes = new byte[(int) Math.min(CHUNK, total)];
      this.buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }

    ByteBuffer next() throws IOException {
      int length = (int) Math.min(bytes.length, left);
      if (in.readNBytes(bytes, 0, length) < length) {
        throw new EOFException("the file ended " + left + " bytes early");
      }
      left -= length;
      return buffer.clear().limit(length);
    }
  }
}
