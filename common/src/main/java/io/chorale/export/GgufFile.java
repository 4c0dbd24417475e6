package io.chorale.export;

import io.chorale.io.FloatVector;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Writes a GGUF file of version 3: keys with their values, then the names, shapes and places of
 * arrays, then the arrays, little-endian, each at a multiple of 32 bytes. See
 * https://github.com/ggml-org/ggml/blob/master/docs/gguf.md.
 */
final class GgufFile {
  private static final int VERSION = 3;
  private static final int ALIGNMENT = 32;

  // Types of values.
  private static final int UINT32 = 4;
  private static final int INT32 = 5;
  private static final int FLOAT32 = 6;
  private static final int BOOL = 7;
  private static final int STRING = 8;
  private static final int ARRAY = 9;

  private final Map<String, Value> values = new LinkedHashMap<>();
  private final List<MappedArray> arrays = new ArrayList<>();

  /** A value, without its key. */
  @FunctionalInterface
  private interface Value {
    void writeTo(Bytes out);
  }

  /** Gathers little-endian numbers. */
  private static final class Bytes {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    Bytes int32(int value) {
      return put(ByteBuffer.allocate(Integer.BYTES).order(ByteOrder.LITTLE_ENDIAN).putInt(value));
    }

    Bytes int64(long value) {
      return put(ByteBuffer.allocate(Long.BYTES).order(ByteOrder.LITTLE_ENDIAN).putLong(value));
    }

    Bytes int8(int value) {
      out.write(value);
      return this;
    }

    Bytes string(String text) {
      byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
      return int64(bytes.length).put(ByteBuffer.wrap(bytes));
    }

    private Bytes put(ByteBuffer buffer) {
      out.writeBytes(buffer.array());
      return this;
    }
  }

  GgufFile put(String key, String value) {
    values.put(key, out -> out.int32(STRING).string(value));
    return this;
  }

  /** A number without a sign, as most are. */
  GgufFile put(String key, long value) {
    int bits = Math.toIntExact(value);
    values.put(key, out -> out.int32(UINT32).int32(bits));
    return this;
  }

  GgufFile put(String key, float value) {
    values.put(key, out -> out.int32(FLOAT32).int32(Float.floatToRawIntBits(value)));
    return this;
  }

  GgufFile put(String key, boolean value) {
    values.put(key, out -> out.int32(BOOL).int8(value ? 1 : 0));
    return this;
  }

  GgufFile put(String key, List<String> texts) {
    values.put(
        key,
        out -> {
          out.int32(ARRAY).int32(STRING).int64(texts.size());
          texts.forEach(out::string);
        });
    return this;
  }

  GgufFile put(String key, int[] numbers) {
    values.put(
        key,
        out -> {
          out.int32(ARRAY).int32(INT32).int64(numbers.length);
          for (int number : numbers) {
            out.int32(number);
          }
        });
    return this;
  }

  void add(MappedArray array) {
    arrays.add(array);
  }

  /** Vectors stay float32, as the readers expect. */
  private static NumberType typeOf(MappedArray array, NumberType type) {
    return array.shape().size() == 1 ? NumberType.FLOAT32 : type;
  }

  /** Writes the file. */
  void write(OutputStream out, FloatVector parameters, NumberType type) throws IOException {
    Bytes head = new Bytes();
    head.put(ByteBuffer.wrap("GGUF".getBytes(StandardCharsets.US_ASCII)));
    head.int32(VERSION).int64(arrays.size()).int64(values.size());
    values.forEach(
        (key, value) -> {
          head.string(key);
          value.writeTo(head);
        });
    long place = 0;
    for (MappedArray array : arrays) {
      head.string(array.name()).int32(array.shape().size());
      for (int axis = array.shape().size() - 1; axis >= 0; axis--) {
        head.int64(array.shape().get(axis));
      }
      NumberType stored = typeOf(array, type);
      head.int32(stored.ggml()).int64(place);
      place = aligned(place + array.bytes(stored));
    }
    head.out.writeTo(out);
    pad(out, head.out.size());
    for (MappedArray array : arrays) {
      NumberType stored = typeOf(array, type);
      array.write(out, parameters, stored);
      pad(out, array.bytes(stored));
    }
  }

  private static long aligned(long bytes) {
    return (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
  }

  private static void pad(OutputStream out, long bytes) throws IOException {
    out.write(new byte[(int) (aligned(bytes) - bytes)]);
  }
}
