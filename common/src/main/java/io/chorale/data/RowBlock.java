package io.chorale.data;

import io.chorale.config.ChoraleException;
import io.chorale.io.Checksums;
import io.chorale.io.SafeTensorsHeader;
import io.chorale.io.Storage;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.zip.CRC32C;
import java.util.zip.CheckedInputStream;
import org.apache.hadoop.fs.Path;

/**
 * Rows that are not in a shard yet, as {@link RowBlockWriter} has written them: their cells, by
 * column, and marks, whole numbers that say of each row where it comes from.
 */
public final class RowBlock {
  private static final int BUFFER = 1 << 16;

  private final int rows;
  private final Map<String, long[]> marks;
  private final Map<String, Cells> columns;

  private RowBlock(int rows, Map<String, long[]> marks, Map<String, Cells> columns) {
    this.rows = rows;
    this.marks = marks;
    this.columns = columns;
  }

  /**
   * Reads a block.
   *
   * @param crc32c that its file must have
   * @throws ChoraleException where it is another file
   */
  public static RowBlock read(Storage storage, Path file, List<Column> columns, String crc32c) {
    return storage.read(
        file,
        stored -> {
          CheckedInputStream in =
              new CheckedInputStream(new BufferedInputStream(stored, BUFFER), new CRC32C());
          StoredArrays arrays = new StoredArrays();
          SafeTensorsHeader header = header(storage, file, in);
          for (Map.Entry<String, SafeTensorsHeader.Entry> array : header.arrays().entrySet()) {
            arrays.read(in, array.getKey(), array.getValue());
          }
          String found = Checksums.hex(in.getChecksum());
          if (!found.equals(crc32c)) {
            throw new ChoraleException(
                "Cannot read %s: its CRC32C is %s, expected %s. It was changed since it was written: delete its directory, then run again."
                    .formatted(file, found, crc32c));
          }
          Map<String, Cells> cells = new LinkedHashMap<>();
          Map<String, long[]> marks = marks(arrays);
          int rows = rows(marks);
          columns.forEach(column -> cells.put(column.name(), cells(arrays, column, rows)));
          return new RowBlock(rows, marks, cells);
        });
  }

  /** Reads the marks of a block alone, which lie at the beginning of its file. */
  public static RowBlock readMarks(Storage storage, Path file) {
    return storage.read(
        file,
        stored -> {
          InputStream in = new BufferedInputStream(stored, BUFFER);
          StoredArrays arrays = new StoredArrays();
          SafeTensorsHeader header = header(storage, file, in);
          for (Map.Entry<String, SafeTensorsHeader.Entry> array : header.arrays().entrySet()) {
            if (!array.getKey().startsWith(RowBlockWriter.MARK)) {
              break;
            }
            arrays.read(in, array.getKey(), array.getValue());
          }
          Map<String, long[]> marks = marks(arrays);
          return new RowBlock(rows(marks), marks, Map.of());
        });
  }

  private static SafeTensorsHeader header(Storage storage, Path file, InputStream in)
      throws IOException {
    return SafeTensorsHeader.read(in, storage.status(file).getLen(), file.toString());
  }

  /** Rows there are. */
  public int rows() {
    return rows;
  }

  /** The mark of a row. */
  public long mark(String name, int row) {
    return marks.get(name)[row];
  }

  /** The cells of a row; none where only marks were read. */
  public Row row(int row) {
    Map<String, Values> cells = new HashMap<>();
    columns.forEach((name, column) -> cells.put(name, column.cell(row, Integer.MAX_VALUE)));
    return new Row(cells);
  }

  private static Map<String, long[]> marks(StoredArrays arrays) {
    Map<String, long[]> marks = new HashMap<>();
    arrays
        .longs()
        .forEach(
            (name, values) -> {
              if (name.startsWith(RowBlockWriter.MARK)) {
                marks.put(name.substring(RowBlockWriter.MARK.length()), values);
              }
            });
    return marks;
  }

  private static Cells cells(StoredArrays arrays, Column column, int rows) {
    ShardArrays names = ShardArrays.of(column);
    int[] starts =
        column.ragged()
            ? Arrays.stream(arrays.longs().get(names.offsets()))
                .mapToInt(Math::toIntExact)
                .toArray()
            : IntStream.rangeClosed(0, rows).toArray();
    return column.whole()
        ? new IdCells(arrays.ids().get(names.values()), starts)
        : new NumberCells(arrays.numbers().get(names.values()), column.width(), starts);
  }

  private static int rows(Map<String, long[]> marks) {
    return marks.values().iterator().next().length;
  }
}
