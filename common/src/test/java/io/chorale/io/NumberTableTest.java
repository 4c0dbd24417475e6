package io.chorale.io;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.chorale.config.ChoraleException;
import java.nio.file.Files;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NumberTableTest {
  @TempDir private java.nio.file.Path directory;
  private final Storage storage = new Storage(new Configuration());

  @Test
  void numbersComeBackFromTheNarrowestTypesThatHoldThem() throws Exception {
    long[][] rows = {
      {0, -1, Long.MIN_VALUE}, {65_535, Integer.MAX_VALUE, 1}, {7, Integer.MIN_VALUE, 1L << 40}
    };
    NumberTable table = new NumberTable(List.of("short", "int", "long"));
    for (int i = 0; i < 20; i++) {
      table.add(rows[i % 3]);
    }
    Path file = new Path(directory.toUri().toString(), "t.safetensors");
    String crc32c = table.publish(storage, file);
    NumberTable read = NumberTable.read(storage, file, crc32c);
    assertEquals(20, read.rows());
    List<long[]> found = read.stream(List.of("long", "int", "short")).toList();
    for (int i = 0; i < 20; i++) {
      assertArrayEquals(new long[] {rows[i % 3][2], rows[i % 3][1], rows[i % 3][0]}, found.get(i));
    }
    String header =
        Files.readString(
            directory.resolve("t.safetensors"), java.nio.charset.StandardCharsets.ISO_8859_1);
    assertTrue(header.contains("\"short\":{\"dtype\":\"U16\""), header);
    assertTrue(header.contains("\"int\":{\"dtype\":\"I32\""), header);
    assertTrue(header.contains("\"long\":{\"dtype\":\"I64\""), header);
    ChoraleException other =
        assertThrows(ChoraleException.class, () -> NumberTable.read(storage, file, "00000000"));
    assertTrue(other.getMessage().contains("its CRC32C is " + crc32c), other.getMessage());
  }
}
