package io.chorale.data;

import io.chorale.io.ArrayContent;
import io.chorale.io.SafeTensors;
import io.chorale.io.Storage;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.hadoop.fs.Path;

/**
 * Gathers rows that are not in a shard yet, and publishes them as a safetensors file: the columns
 * as a shard has them, and before them an array I64 [rows] of each mark. See {@link RowBlock}.
 */
public final class RowBlockWriter {
  /** Begins the names of the marks' arrays; no column's name has a dot. */
  static final String MARK = "row.";

  private final Map<String, ColumnWriter> columns = new LinkedHashMap<>();
  private final List<String> marks;
  private final long[][] values;
  private int rows;
  private long bytes;

  /**
   * @param marks the names of the numbers that each row has beside its cells
   */
  public RowBlockWriter(List<Column> columns, List<String> marks) {
    columns.forEach(column -> this.columns.put(column.name(), ColumnWriter.of(column)));
    this.marks = List.copyOf(marks);
    this.values = new long[marks.size()][16];
  }

  /**
   * Adds a row.
   *
   * @param marks in the order of their names
   */
  public void add(Row row, long... marks) {
    for (Map.Entry<String, ColumnWriter> column : columns.entrySet()) {
      Values cell = row.cell(column.getKey());
      column.getValue().append(cell);
      column.getValue().endRow();
      bytes += column.getValue().column.stepBytes() * cell.length();
    }
    for (int mark = 0; mark < values.length; mark++) {
      if (rows == values[mark].length) {
        values[mark] = Arrays.copyOf(values[mark], 2 * rows);
      }
      values[mark][rows] = marks[mark];
    }
    rows++;
    bytes += (long) Long.BYTES * (values.length + columns.size());
  }

  /** Rows so far. */
  public int rows() {
    return rows;
  }

  /** Bytes of the rows so far. */
  public long bytes() {
    return bytes;
  }

  /**
   * Publishes the rows, of which there must be one.
   *
   * @return the CRC32C of the file, eight hexadecimal digits
   */
  public String publish(Storage storage, Path file) {
    List<ArrayContent> arrays = new ArrayList<>();
    for (int mark = 0; mark < values.length; mark++) {
      arrays.add(ArrayContent.of(MARK + marks.get(mark), Arrays.copyOf(values[mark], rows)));
    }
    columns.values().forEach(column -> column.addTo(arrays));
    return SafeTensors.write(storage, file, Map.of(), arrays).crc32c();
  }
}
