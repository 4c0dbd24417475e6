package io.chorale.io;

import io.chorale.config.ChoraleException;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import java.util.zip.CRC32C;
import java.util.zip.CheckedInputStream;
import org.apache.hadoop.fs.Path;

/**
 * A table of whole numbers that is filled row by row and published as a safetensors file: an array
 * [rows] for each column, in the narrowest of U16, I32 and I64 that holds all of its numbers.
 */
public final class NumberTable {
  private static final int BUFFER = 1 << 16;
  private static final int FIRST_ROWS = 16;
  private static final int MOST_SHORT = 0xffff;

  private final Map<String, long[]> columns = new LinkedHashMap<>();
  private int rows;

  /**
   * An empty table.
   *
   * @param columns their names, each once
   */
  public NumberTable(List<String> columns) {
    this(columns, FIRST_ROWS);
  }

  /**
   * An empty table with room.
   *
   * @param columns their names, each once
   * @param rows that it is to have
   */
  public NumberTable(List<String> columns, int rows) {
    columns.forEach(column -> this.columns.put(column, new long[rows]));
  }

  /**
   * Adds a row.
   *
   * @param numbers one of each column, in their order
   */
  public void add(long... numbers) {
    int at = 0;
    for (Map.Entry<String, long[]> column : columns.entrySet()) {
      long[] values = column.getValue();
      if (rows == values.length) {
        values = Arrays.copyOf(values, Math.max(FIRST_ROWS, 2 * rows));
        column.setValue(values);
      }
      values[rows] = numbers[at++];
    }
    rows++;
  }

  /** Rows so far. */
  public int rows() {
    return rows;
  }

  /** A number of the table. */
  public long get(String column, int row) {
    return columns.get(column)[row];
  }

  /**
   * Goes through the rows.
   *
   * @param names columns whose numbers a row has, in this order
   */
  public Stream<long[]> stream(List<String> names) {
    long[][] chosen = names.stream().map(columns::get).toArray(long[][]::new);
    return IntStream.range(0, rows)
        .mapToObj(row -> Arrays.stream(chosen).mapToLong(column -> column[row]).toArray());
  }

  /**
   * Publishes the table.
   *
   * @return the CRC32C of the file, eight hexadecimal digits
   */
  public String publish(Storage storage, Path file) {
    List<ArrayContent> arrays = new ArrayList<>();
    columns.forEach(
        (name, values) ->
            arrays.add(
                narrowest(name, rows == values.length ? values : Arrays.copyOf(values, rows))));
    return SafeTensors.write(storage, file, Map.of(), arrays).crc32c();
  }

  private static ArrayContent narrowest(String name, long[] values) {
    long least = Arrays.stream(values).min().orElse(0);
    long most = Arrays.stream(values).max().orElse(0);
    if (least >= 0 && most <= MOST_SHORT) {
      short[] shorts = new short[values.length];
      for (int i = 0; i < shorts.length; i++) {
        shorts[i] = (short) values[i];
      }
      return ArrayContent.of(name, DataType.U16, shorts);
    }
    return least >= Integer.MIN_VALUE && most <= Integer.MAX_VALUE
        ? ArrayContent.of(name, Arrays.stream(values).mapToInt(value -> (int) value).toArray())
        : ArrayContent.of(name, values);
  }

  /**
   * Reads a table.
   *
   * @param crc32c that its file must have
   * @throws ChoraleException where it is another file
   */
  public static NumberTable read(Storage storage, Path file, String crc32c) {
    return read(storage, file, crc32c, "delete its directory, then run again");
  }

  /**
   * Reads a table.
   *
   * @param advice what the user can do where it is another file
   */
  public static NumberTable read(Storage storage, Path file, String crc32c, String advice) {
    return storage.read(
        file,
        stored -> {
          CheckedInputStream in =
              new CheckedInputStream(new BufferedInputStream(stored, BUFFER), new CRC32C());
          SafeTensorsHeader header =
              SafeTensorsHeader.read(in, storage.status(file).getLen(), file.toString());
          NumberTable table = new NumberTable(List.of());
          for (Map.Entry<String, SafeTensorsHeader.Entry> array : header.arrays().entrySet()) {
            long[] values = values(in, array.getValue());
            table.columns.put(array.getKey(), values);
            table.rows = values.length;
          }
          String found = Checksums.hex(in.getChecksum());
          if (!found.equals(crc32c)) {
            throw new ChoraleException(
                "Cannot read %s: its CRC32C is %s, expected %s. It was changed since it was written: %s."
                    .formatted(file, found, crc32c, advice));
          }
          return table;
        });
  }

  private static long[] values(InputStream in, SafeTensorsHeader.Entry entry) throws IOException {
    int count = Math.toIntExact(entry.elements());
    long[] values = new long[count];
    switch (entry.type()) {
      case I64 -> ArrayInput.longs(in, values);
      case I32 -> {
        int[] ints = new int[count];
        ArrayInput.ints(in, ints);
        Arrays.setAll(values, i -> ints[i]);
      }
      case U16 -> {
        short[] shorts = new short[count];
        ArrayInput.shorts(in, shorts);
        Arrays.setAll(values, i -> shorts[i] & MOST_SHORT);
      }
      default -> throw new IllegalStateException("no column has numbers of " + entry.type());
    }
    return values;
  }
}
