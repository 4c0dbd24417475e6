package io.chorale.checkpoint;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.zip.CRC32C;

/**
 * An event file as TensorBoard reads it: records, each with its length and two checksums, of {@code
 * tensorflow.Event} messages in Protocol Buffers' wire format.
 *
 * <p>Fields by TensorFlow's {@code event.proto} and {@code summary.proto}, framing by its {@code
 * record_writer.cc}.
 */
final class EventFile {
  /** Says, in the first record, how steps that come again are to be taken: as they are. */
  private static final String VERSION = "brain.Event:2";

  // Numbers of the fields.
  private static final int WALL_TIME = 1;
  private static final int STEP = 2;
  private static final int FILE_VERSION = 3;
  private static final int SUMMARY = 5;
  private static final int VALUE = 1; // of a summary
  private static final int TAG = 1; // of a value
  private static final int SIMPLE_VALUE = 2; // of a value

  // Wire types.
  private static final int VARINT = 0;
  private static final int FIXED64 = 1;
  private static final int BYTES = 2;
  private static final int FIXED32 = 5;

  /** The constant that masking adds to a rotated checksum. */
  private static final int MASK = 0xa282ead8;

  private static final int ROTATION = 15;

  private EventFile() {}

  /**
   * The file of a round, of which every byte is given by its line: the time, too.
   *
   * @param line of {@code metrics.jsonl}
   */
  static byte[] of(JsonNode line) {
    double seconds = seconds(line.path("time").asText());
    Message version = new Message();
    version.fixed64(WALL_TIME, seconds);
    version.bytes(FILE_VERSION, VERSION.getBytes(StandardCharsets.UTF_8));

    Message summary = new Message();
    scalars(line)
        .forEach(
            (tag, number) -> {
              Message value = new Message();
              value.bytes(TAG, tag.getBytes(StandardCharsets.UTF_8));
              value.fixed32(SIMPLE_VALUE, number.floatValue());
              summary.bytes(VALUE, value.toByteArray());
            });
    Message event = new Message();
    event.fixed64(WALL_TIME, seconds);
    event.varint(STEP, line.path("local_steps").asLong());
    event.bytes(SUMMARY, summary.toByteArray());

    ByteArrayOutputStream file = new ByteArrayOutputStream();
    file.writeBytes(record(version.toByteArray()));
    file.writeBytes(record(event.toByteArray()));
    return file.toByteArray();
  }

  /** The scalars of a round by the names of their curves; those before a slash stand together. */
  private static Map<String, Double> scalars(JsonNode line) {
    Map<String, JsonNode> found = new LinkedHashMap<>();
    found.put("train/loss", line.path("train_loss"));
    found.put("train/learning_rate", line.path("learning_rate"));
    found.put("train/tokens_per_second", line.path("tokens_per_second"));
    line.path("validation")
        .properties()
        .forEach(measure -> found.put("validation/" + measure.getKey(), measure.getValue()));
    Map<String, Double> scalars = new LinkedHashMap<>();
    found.forEach(
        (tag, number) -> {
          if (number.isNumber()) {
            scalars.put(tag, number.asDouble());
          }
        });
    return scalars;
  }

  /** Since 1970; 0 for a line of a version that had no times. */
  private static double seconds(String time) {
    try {
      return Instant.parse(time).getEpochSecond();
    } catch (DateTimeException e) {
      return 0;
    }
  }

  /** Length, its checksum, the data, its checksum. */
  private static byte[] record(byte[] data) {
    ByteBuffer length = little(Long.BYTES).putLong(data.length);
    return little(Long.BYTES + Integer.BYTES + data.length + Integer.BYTES)
        .put(length.array())
        .putInt(masked(length.array()))
        .put(data)
        .putInt(masked(data))
        .array();
  }

  /** A checksum is masked since one of data that hold their own is no good. */
  private static int masked(byte[] data) {
    CRC32C checksum = new CRC32C();
    checksum.update(data);
    return Integer.rotateRight((int) checksum.getValue(), ROTATION) + MASK;
  }

  private static ByteBuffer little(int bytes) {
    return ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }

  /** A message in the wire format, field by field. */
  private static final class Message extends ByteArrayOutputStream {
    void varint(int field, long value) {
      varint((long) field << 3 | VARINT);
      varint(value);
    }

    void fixed64(int field, double value) {
      varint((long) field << 3 | FIXED64);
      writeBytes(little(Double.BYTES).putDouble(value).array());
    }

    void fixed32(int field, float value) {
      varint((long) field << 3 | FIXED32);
      writeBytes(little(Float.BYTES).putFloat(value).array());
    }

    void bytes(int field, byte[] value) {
      varint((long) field << 3 | BYTES);
      varint(value.length);
      writeBytes(value);
    }

    /** Seven bits a byte, the lowest first; the highest bit says that more follow. */
    private void varint(long value) {
      long left = value;
      while ((left & ~0x7fL) != 0) {
        write((int) (left & 0x7f | 0x80));
        left >>>= 7;
      }
      write((int) left);
    }
  }
}
