package io.chorale.export;

import io.chorale.io.Storage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * A message in the wire format of protocol buffers, written field by field; long contents are
 * streamed. See https://protobuf.dev/programming-guides/encoding.
 */
final class Protobuf {
  private static final int VARINT = 0;
  private static final int BYTES = 2;
  private static final int FIXED32 = 5;

  private final List<Storage.Content> parts = new ArrayList<>();
  private long size;

  /** An integer, or the number of an enum's value. */
  Protobuf put(int field, long value) {
    ByteArrayOutputStream out = tag(field, VARINT);
    varint(out, value);
    return add(out);
  }

  Protobuf put(int field, float value) {
    ByteArrayOutputStream out = tag(field, FIXED32);
    out.writeBytes(
        ByteBuffer.allocate(Float.BYTES).order(ByteOrder.LITTLE_ENDIAN).putFloat(value).array());
    return add(out);
  }

  Protobuf put(int field, String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    return put(field, bytes.length, out -> out.write(bytes));
  }

  Protobuf put(int field, Protobuf message) {
    return put(field, message.size, message::writeTo);
  }

  /** Bytes of a length that is known, written when the message is. */
  Protobuf put(int field, long length, Storage.Content content) {
    ByteArrayOutputStream out = tag(field, BYTES);
    varint(out, length);
    add(out);
    parts.add(content);
    size += length;
    return this;
  }

  /** Its bytes. */
  long size() {
    return size;
  }

  void writeTo(OutputStream out) throws IOException {
    for (Storage.Content part : parts) {
      part.writeTo(out);
    }
  }

  private Protobuf add(ByteArrayOutputStream bytes) {
    parts.add(bytes::writeTo);
    size += bytes.size();
    return this;
  }

  private static ByteArrayOutputStream tag(int field, int type) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    varint(out, (long) field << 3 | type);
    return out;
  }

  /** Seven bits a byte, the lowest first. */
  private static void varint(ByteArrayOutputStream out, long value) {
    long rest = value;
    while ((rest & ~0x7fL) != 0) {
      out.write((int) (rest & 0x7f | 0x80));
      rest >>>= 7;
    }
    out.write((int) rest);
  }
}
