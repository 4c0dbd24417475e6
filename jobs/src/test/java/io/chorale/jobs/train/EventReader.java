package io.chorale.jobs.train;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.CRC32C;

/** Reads event files of TensorBoard's, all of them: whatever does not fit fails. */
final class EventReader {
  /**
   * A record.
   *
   * @param version of the file, in its first record; empty in others
   */
  record Event(double wallTime, long step, String version, Map<String, Float> scalars) {}

  private EventReader() {}

  static List<Event> read(byte[] file) {
    ByteBuffer in = little(file);
    List<Event> events = new ArrayList<>();
    while (in.hasRemaining()) {
      byte[] length = take(in, 8);
      assertEquals(masked(length), in.getInt(), "checksum of a length");
      byte[] data = take(in, Math.toIntExact(little(length).getLong()));
      assertEquals(masked(data), in.getInt(), "checksum of a record");
      events.add(event(little(data)));
    }
    return events;
  }

  private static Event event(ByteBuffer in) {
    double wallTime = 0;
    long step = 0;
    String version = "";
    Map<String, Float> scalars = new LinkedHashMap<>();
    while (in.hasRemaining()) {
      int key = (int) varint(in);
      switch (key) {
        case 1 << 3 | 1 -> wallTime = in.getDouble();
        case 2 << 3 -> step = varint(in);
        case 3 << 3 | 2 -> version = text(in);
        case 5 << 3 | 2 -> summary(little(take(in, (int) varint(in))), scalars);
        default -> throw new AssertionError("field " + (key >> 3) + " of type " + (key & 7));
      }
    }
    return new Event(wallTime, step, version, scalars);
  }

  private static void summary(ByteBuffer in, Map<String, Float> scalars) {
    while (in.hasRemaining()) {
      assertEquals(1 << 3 | 2, varint(in), "field of a summary");
      ByteBuffer value = little(take(in, (int) varint(in)));
      assertEquals(1 << 3 | 2, varint(value), "field of a value");
      String tag = text(value);
      assertEquals(2 << 3 | 5, varint(value), "field of a value");
      assertEquals(null, scalars.put(tag, value.getFloat()), tag + " was there");
      assertEquals(0, value.remaining());
    }
  }

  private static String text(ByteBuffer in) {
    return new String(take(in, (int) varint(in)), StandardCharsets.UTF_8);
  }

  private static long varint(ByteBuffer in) {
    long value = 0;
    for (int shift = 0; ; shift += 7) {
      byte next = in.get();
      value |= (next & 0x7fL) << shift;
      if (next >= 0) {
        return value;
      }
    }
  }

  private static int masked(byte[] data) {
    CRC32C checksum = new CRC32C();
    checksum.update(data, 0, data.length);
    int crc = (int) checksum.getValue();
    return (crc >>> 15 | crc << 17) + 0xa282ead8;
  }

  private static byte[] take(ByteBuffer in, int count) {
    byte[] taken = new byte[count];
    in.get(taken);
    return taken;
  }

  private static ByteBuffer little(byte[] bytes) {
    return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }
}
