package io.chorale.io;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.chorale.config.ChoraleException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.zip.CRC32C;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SafeTensorsTest {
  private final Storage storage = new Storage(new Configuration());
  @TempDir java.nio.file.Path directory;

  @Test
  void everyTypeComesBack() {
    FloatVector floats = new FloatVector(FloatVector.SLICE + 6L);
    floats.set(0, Float.intBitsToFloat(0x7fc12345));
    floats.set(1, -0.0f);
    floats.set(FloatVector.SLICE + 5L, 3.25f);
    int[] ints = {Integer.MIN_VALUE, -1, 7};
    long[] longs = {Long.MAX_VALUE, -5};
    short[] shorts = {0, (short) 65535, 12};
    byte[] bytes = {1, 2, -3};
    List<Long> shape = List.of(2L, (FloatVector.SLICE + 6L) / 2);
    SafeTensors.Written written =
        SafeTensors.write(
            storage,
            file(),
            Map.of("b", "2", "a", "ü"),
            List.of(
                ArrayContent.of("bytes", bytes),
                ArrayContent.of("shorts", DataType.U16, shorts),
                ArrayContent.of("halves", DataType.BF16, shorts),
                ArrayContent.of("ints", ints),
                ArrayContent.of("floats", shape, floats),
                ArrayContent.of("none", new FloatVector(0)),
                ArrayContent.of("longs", longs)));
    assertEquals(storage.status(file()).getLen(), written.bytes());
    assertEquals(Checksums.crc32c(storage, file()), written.crc32c());
    try (SafeTensorsFile read = SafeTensors.open(storage, file())) {
      assertEquals(floats, read.floats("floats", shape));
      assertEquals(new FloatVector(0), read.floats("none"));
    }
    StoredArrays stored = StoredArrays.read(storage, file());
    SafeTensorsHeader header = stored.header();
    assertEquals(Map.of("a", "ü", "b", "2"), header.metadata());
    assertEquals(ByteBuffer.wrap(bytes), stored.bytes("bytes"));
    assertArrayEquals(shorts, stored.shorts("shorts"));
    assertArrayEquals(shorts, stored.shorts("halves"));
    assertEquals(DataType.BF16, header.arrays().get("halves").type());
    assertArrayEquals(ints, stored.ints("ints"));
    assertArrayEquals(longs, stored.longs("longs"));
    for (SafeTensorsHeader.Entry entry : header.arrays().values()) {
      assertEquals(0, (header.start() + entry.begin()) % entry.type().bytes());
    }
  }

  @Test
  void theBytesAreThoseOfTheFormat() throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    SafeTensors.write(
        out,
        Map.of("k", "v"),
        List.of(
            ArrayContent.of("ids", DataType.U16, new short[] {1, 258}),
            ArrayContent.of("w", new int[] {1})));
    String json =
        "{\"__metadata__\":{\"k\":\"v\"},"
            + "\"w\":{\"dtype\":\"I32\",\"shape\":[1],\"data_offsets\":[0,4]},"
            + "\"ids\":{\"dtype\":\"U16\",\"shape\":[2],\"data_offsets\":[4,8]}}";
    String padded = json + " ".repeat((8 - json.length() % 8) % 8);
    String expected = (char) padded.length() + "\0\0\0\0\0\0\0" + padded + "\1\0\0\0" + "\1\0\2\1";
    assertEquals(expected, out.toString(ISO_8859_1));
  }

  @Test
  void vectorsComeBackByName() {
    FloatVector one = new FloatVector(3);
    one.set(2, 1.5f);
    SafeTensors.write(storage, file(), Map.of(), Map.of("one", one, "two", new FloatVector(0)));
    CRC32C checksum = new CRC32C();
    assertEquals(
        Map.of("one", one, "two", new FloatVector(0)),
        SafeTensors.readFloats(storage, file(), checksum));
    assertEquals(Checksums.crc32c(storage, file()), Checksums.hex(checksum));
  }

  @Test
  void wrongWritersAreRefused() {
    ArrayContent tooFew =
        new ArrayContent("x", DataType.F32, List.of(2L), out -> out.write(new byte[7]));
    ArrayContent twice = ArrayContent.of("x", new int[1]);
    OutputStream out = OutputStream.nullOutputStream();
    assertThrows(
        IllegalArgumentException.class, () -> SafeTensors.write(out, Map.of(), List.of(tooFew)));
    assertThrows(
        IllegalArgumentException.class,
        () -> SafeTensors.write(out, Map.of(), List.of(twice, twice)));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      value = {
        "[]|0|no JSON object",
        "{\"a\":1}|0|described otherwise",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[1]}}|4|described otherwise",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4],\"x\":1}}|4|described otherwise",
        "{\"a\":{\"dtype\":\"C64\",\"shape\":[1],\"data_offsets\":[0,2]}}|2|has type C64",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,4]}}|4|spans 4 bytes, expected 8",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[-1],\"data_offsets\":[0,4]}}|4|size or offset -1",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[1.0],\"data_offsets\":[0,4]}}|4|size or offset 1.0",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[4611686018427387905],\"data_offsets\":[0,4]}}|4|has shape",
        "{\"a\":{\"dtype\":\"U8\",\"shape\":[4294967296,4294967297],\"data_offsets\":[0,0]}}|0|has shape",
        "{\"a\":{\"dtype\":\"U8\",\"shape\":[18446744073709551617],\"data_offsets\":[0,1]}}|1|size or offset",
        "{\"a\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[4,3]}}|4|has offsets",
        "{\"a\":{\"dtype\":\"U8\",\"shape\":[2],\"data_offsets\":[2,4]}}|4|begins at byte 2",
        "{\"a\":{\"dtype\":\"U8\",\"shape\":[2],\"data_offsets\":[0,2]},\"b\":{\"dtype\":\"U8\",\"shape\":[2],\"data_offsets\":[1,3]}}|3|begins at byte 1",
        "{\"a\":{\"dtype\":\"U8\",\"shape\":[2],\"data_offsets\":[0,2]},\"b\":{\"dtype\":\"U8\",\"shape\":[2],\"data_offsets\":[3,5]}}|5|begins at byte 3",
        "{\"a\":{\"dtype\":\"U8\",\"shape\":[2],\"data_offsets\":[0,2]},\"a\":{\"dtype\":\"U8\",\"shape\":[2],\"data_offsets\":[2,4]}}|4|not JSON",
        "{\"a\":{\"dtype\":\"U8\",\"shape\":[2],\"data_offsets\":[0,2]}}|3|added to",
        "{\"a\":{\"dtype\":\"U8\",\"shape\":[2],\"data_offsets\":[0,2]}}|1|cut short",
        "{\"__metadata__\":{\"a\":1}}|0|is not text",
        "{\"__metadata__\":[]}|0|metadata are no JSON object",
        "{} x|0|not JSON",
        "{\"a\":|0|not JSON",
        "{\"\u00ff\":{}}|0|not UTF-8",
      })
  void malformedHeadersAreRefused(String json, int dataBytes, String message) throws IOException {
    assertRefused(assemble(json.length(), json, dataBytes), message);
  }

  @Test
  void impossibleHeaderLengthsAreRefused() throws IOException {
    assertRefused(new byte[7], "it has 7 bytes");
    for (long length : new long[] {0, 1, -1, Long.MIN_VALUE, 3, 100_000_001, Long.MAX_VALUE}) {
      assertRefused(
          assemble(length, "{}", 0), "claims " + Long.toUnsignedString(length) + " bytes");
    }
  }

  @Test
  void aFileCutShortIsRefusedAtEveryLength() throws IOException {
    byte[] whole = sample();
    for (int length = 0; length < whole.length; length++) {
      assertRefused(Arrays.copyOf(whole, length), "");
    }
  }

  @Test
  void aFlippedBitOfTheHeaderIsNeverMoreThanAnError() throws IOException {
    byte[] whole = sample();
    int refused = 0;
    for (int bit = 0; bit < 8 * (whole.length - 16); bit += 3) {
      byte[] flipped = whole.clone();
      flipped[bit / 8] ^= (byte) (1 << bit % 8);
      write(flipped);
      try (SafeTensorsFile read = SafeTensors.open(storage, file())) {
        read.floats("y");
      } catch (ChoraleException e) {
        refused++;
      }
    }
    assertTrue(refused > (whole.length - 16));
  }

  @Test
  void theWrongArrayIsRefused() throws IOException {
    write(sample());
    try (SafeTensorsFile read = SafeTensors.open(storage, file())) {
      assertTrue(
          assertThrows(ChoraleException.class, () -> read.floats("z"))
              .getMessage()
              .contains("the file holds [x, y], expected that name"));
      assertTrue(
          assertThrows(ChoraleException.class, () -> read.floats("x"))
              .getMessage()
              .contains("its type is I32, expected F32"));
    }
    SafeTensors.write(storage, file(), Map.of(), Map.of("v", new FloatVector(4)));
    try (SafeTensorsFile read = SafeTensors.open(storage, file())) {
      assertTrue(
          assertThrows(ChoraleException.class, () -> read.floats("v", List.of(2L, 2L)))
              .getMessage()
              .contains("its shape is [4], expected [2, 2]"));
    }
  }

  @Test
  void filesMayBeLongerThanAnArray() throws IOException {
    long many = (1L << 31) + 16;
    List<Long> shape = List.of(many / Float.BYTES);
    ArrayContent large =
        new ArrayContent(
            "large",
            DataType.F32,
            shape,
            out -> {
              byte[] chunk = new byte[1 << 20];
              for (long left = many; left > 0; left -= chunk.length) {
                out.write(chunk, 0, (int) Math.min(left, chunk.length));
              }
            });
    List<ArrayContent> arrays = List.of(large, ArrayContent.of("small", new FloatVector(3)));
    SafeTensors.Written written =
        SafeTensors.write(OutputStream.nullOutputStream(), Map.of(), arrays);
    // The same file, with a hole that takes no room where the large array is.
    ArrayContent hole = new ArrayContent("large", DataType.F32, shape, out -> {});
    ByteArrayOutputStream header = new ByteArrayOutputStream();
    assertThrows(
        IllegalArgumentException.class,
        () -> SafeTensors.write(header, Map.of(), List.of(hole, arrays.get(1))));
    assertEquals(header.size() + many + 3 * Float.BYTES, written.bytes());
    try (RandomAccessFile sparse = new RandomAccessFile(directory.resolve("file").toFile(), "rw")) {
      sparse.write(header.toByteArray());
      sparse.seek(header.size() + many);
      sparse.write(new byte[] {0, 0, (byte) 0x80, 0x3f, 0, 0, 0, 0, 0, 0, 0, 0});
    }
    try (SafeTensorsFile read = SafeTensors.open(storage, file())) {
      FloatVector small = read.floats("small");
      assertEquals(3, small.length());
      assertEquals(1, small.get(0), 0);
    }
  }

  private static byte[] sample() throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    SafeTensors.write(
        out,
        Map.of("key", "value"),
        List.of(
            ArrayContent.of("x", new int[] {1, 2, 3}), ArrayContent.of("y", new FloatVector(1))));
    return out.toByteArray();
  }

  private static byte[] assemble(long length, String json, int dataBytes) {
    byte[] header = json.getBytes(ISO_8859_1);
    return ByteBuffer.allocate(8 + header.length + dataBytes)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putLong(length)
        .put(header)
        .array();
  }

  private void write(byte[] bytes) throws IOException {
    Files.write(directory.resolve("file"), bytes);
  }

  private void assertRefused(byte[] bytes, String message) throws IOException {
    write(bytes);
    ChoraleException failure =
        assertThrows(ChoraleException.class, () -> SafeTensors.open(storage, file()).close());
    assertTrue(failure.getMessage().contains(message), failure.getMessage());
    assertTrue(failure.getMessage().contains(file().toString()), failure.getMessage());
  }

  private Path file() {
    return new Path(directory.resolve("file").toUri());
  }
}
