package io.chorale.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.chorale.config.ChoraleException;
import io.chorale.io.Storage;
import java.nio.file.Files;
import java.util.List;
import java.util.Map;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RowBlockTest {
  private static final Storage STORAGE = new Storage(new Configuration());
  private static final List<Column> COLUMNS =
      List.of(
          Column.ids("narrow", 1 << 16),
          Column.ids("wide", 1 << 20),
          Column.series("series", 2),
          Column.vector("vector", 3),
          Column.label("label", 9),
          Column.number("real"));

  @TempDir java.nio.file.Path directory;

  private static Row row(int i) {
    return new Row(
        Map.of(
            "narrow", Ids.of(i, 65535),
            "wide", Ids.of(i, 1, 1000000),
            "series", Numbers.of(2, i, 0.5f, 1, -1),
            "vector", Numbers.of(3, i, 1, 2),
            "label", Ids.of(i % 9),
            "real", Numbers.of(1, -i)));
  }

  private static void assertSame(Row expected, Row actual) {
    for (Column column : COLUMNS) {
      Values cell = expected.cell(column.name());
      if (cell instanceof Ids ids) {
        assertArrayEquals(ids.values(), ((Ids) actual.cell(column.name())).values());
      } else {
        assertArrayEquals(
            ((Numbers) cell).values(), ((Numbers) actual.cell(column.name())).values());
        assertEquals(((Numbers) cell).size(), ((Numbers) actual.cell(column.name())).size());
      }
    }
  }

  @Test
  void givesBackRowsAndMarks() throws Exception {
    RowBlockWriter writer = new RowBlockWriter(COLUMNS, List.of("place", "bytes"));
    for (int i = 0; i < 40; i++) {
      writer.add(row(i), Long.MIN_VALUE + i, i);
    }
    assertEquals(40, writer.rows());
    Path file = new Path(directory.toString(), "block");
    String crc32c = writer.publish(STORAGE, file);
    assertTrue(writer.bytes() > 0.9 * STORAGE.status(file).getLen() - 1000);
    RowBlock block = RowBlock.read(STORAGE, file, COLUMNS, crc32c);
    RowBlock marks = RowBlock.readMarks(STORAGE, file);
    assertEquals(40, block.rows());
    assertEquals(40, marks.rows());
    for (int i = 0; i < 40; i++) {
      assertSame(row(i), block.row(i));
      assertEquals(Long.MIN_VALUE + i, block.mark("place", i));
      assertEquals(i, marks.mark("bytes", i));
    }
    byte[] bytes = Files.readAllBytes(directory.resolve("block"));
    bytes[bytes.length - 1] ^= 1;
    Files.write(directory.resolve("block"), bytes);
    ChoraleException damaged =
        assertThrows(ChoraleException.class, () -> RowBlock.read(STORAGE, file, COLUMNS, crc32c));
    assertTrue(damaged.getMessage().contains("expected " + crc32c), damaged.getMessage());
  }
}
