package io.chorale.io;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Map;

/**
 * An array that is to be written to a safetensors file.
 *
 * @param name its name in the file
 * @param type of its elements
 * @param shape elements along each axis, outermost first; empty for a single value
 * @param content writes exactly its little-endian bytes, axis after axis
 */
public record ArrayContent(String name, DataType type, List<Long> shape, Storage.Content content) {
  private static final int CHUNK = 1 << 14;

  public ArrayContent {
    shape = List.copyOf(shape);
  }

  /** A float32 array of that shape. */
  public static ArrayContent of(String name, List<Long> shape, FloatSlices values) {
    return of(name, shape, values, 0);
  }

  /** A float32 array of that shape, whose elements lie in a longer vector from {@code at} on. */
  public static ArrayContent of(String name, List<Long> shape, FloatSlices values, long at) {
    long end = at + shape.stream().reduce(1L, Math::multiplyExact);
    return new ArrayContent(
        name,
        DataType.F32,
        shape,
        out -> {
          Chunk chunk = new Chunk(out);
          for (long i = at; i < end; ) {
            float[] slice = values.slice((int) (i / FloatVector.SLICE));
            int from = (int) (i % FloatVector.SLICE);
            int to = (int) Math.min(slice.length, from + end - i);
            for (int begin = from; begin < to; begin += CHUNK) {
              chunk.floats(slice, begin, Math.min(CHUNK, to - begin));
            }
            i += to - from;
          }
          chunk.flush();
        });
  }

  /** A float32 array with one axis. */
  public static ArrayContent of(String name, FloatSlices values) {
    return of(name, List.of(values.length()), values);
  }

  /** Float32 arrays with one axis each, under their names. */
  public static List<ArrayContent> of(Map<String, ? extends FloatSlices> vectors) {
    return vectors.entrySet().stream().map(entry -> of(entry.getKey(), entry.getValue())).toList();
  }

  /** A float32 array of that shape. */
  public static ArrayContent of(String name, List<Long> shape, float[] values) {
    return new ArrayContent(
        name,
        DataType.F32,
        shape,
        out -> {
          Chunk chunk = new Chunk(out);
          for (int from = 0; from < values.length; from += CHUNK) {
            chunk.floats(values, from, Math.min(CHUNK, values.length - from));
          }
          chunk.flush();
        });
  }

  /** An int32 array with one axis. */
  public static ArrayContent of(String name, int[] values) {
    return new ArrayContent(
        name,
        DataType.I32,
        List.of((long) values.length),
        out -> {
          Chunk chunk = new Chunk(out);
          for (int value : values) {
            chunk.room(Integer.BYTES).putInt(value);
          }
          chunk.flush();
        });
  }

  /** An int64 array with one axis. */
  public static ArrayContent of(String name, long[] values) {
    return new ArrayContent(
        name,
        DataType.I64,
        List.of((long) values.length),
        out -> {
          Chunk chunk = new Chunk(out);
          for (long value : values) {
            chunk.room(Long.BYTES).putLong(value);
          }
          chunk.flush();
        });
  }

  /** An array with one axis and elements of 16 bits: U16, or BF16 by its upper bits. */
  public static ArrayContent of(String name, DataType type, short[] values) {
    return new ArrayContent(
        name,
        type,
        List.of((long) values.length),
        out -> {
          Chunk chunk = new Chunk(out);
          for (short value : values) {
            chunk.room(Short.BYTES).putShort(value);
          }
          chunk.flush();
        });
  }

  /** An array of bytes with one axis. */
  public static ArrayContent of(String name, byte[] values) {
    return new ArrayContent(
        name, DataType.U8, List.of((long) values.length), out -> out.write(values));
  }

  /** Gathers elements, so that the stream sees few large writes. */
  private static final class Chunk {
    private final OutputStream out;
    private final ByteBuffer buffer =
        ByteBuffer.allocate(CHUNK * Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);

    Chunk(OutputStream out) {
      this.out = out;
    }

    ByteBuffer room(int bytes) throws IOException {
      if (buffer.remaining() < bytes) {
        flush();
      }
      return buffer;
    }

    /** At most CHUNK of them. */
    void floats(float[] values, int from, int count) throws IOException {
      room(count * Float.BYTES).asFloatBuffer().put(values, from, count);
      buffer.position(buffer.position() + count * Float.BYTES);
    }

    void flush() throws IOException {
      out.write(buffer.array(), 0, buffer.position());
      buffer.clear();
    }
  }
}
