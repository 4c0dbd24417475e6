package io.chorale.data;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The rows of a shard, as they were read and checked. Not to be changed. */
public final class Shard {
  private final String name;
  private final int rows;
  private final Map<String, Cells> columns;

  /**
   * @param name for messages
   */
  Shard(String name, int rows, Map<String, Cells> columns) {
    this.name = name;
    this.rows = rows;
    this.columns = columns;
  }

  /** What it is called in messages: its file. */
  String name() {
    return name;
  }

  /** Rows there are. */
  public int rows() {
    return rows;
  }

  /** Steps of a cell: tokens of a text; 1 where it is a vector or a label. */
  public int length(String column, int row) {
    return columns.get(column).length(row);
  }

  /** The first token of a row's cell among the {@link #tokens} of its column. */
  int begin(String column, int row) {
    return ((IdCells) columns.get(column)).offsets()[row];
  }

  /** What a row has in some columns, each cell cut to its first {@code most} steps. */
  public Row row(List<String> names, int row, int most) {
    Map<String, Values> cells = new LinkedHashMap<>();
    names.forEach(name -> cells.put(name, columns.get(name).cell(row, most)));
    return new Row(cells);
  }

  /**
   * Copies some steps of a row's series.
   *
   * @param from the first of them
   * @param to where they go, from {@code at} on
   */
  void copy(String column, int row, int from, int steps, float[] to, int at) {
    NumberCells cells = (NumberCells) columns.get(column);
    int begin = (cells.offsets()[row] + from) * cells.size();
    System.arraycopy(cells.values(), begin, to, at, steps * cells.size());
  }

  /** Numbers of a step of a series. */
  int channels(String column) {
    return ((NumberCells) columns.get(column)).size();
  }

  /** The ids of a column as one stream, row after row. */
  public Tokens tokens(String column) {
    return ((IdCells) columns.get(column)).values();
  }

  /** Bytes of memory. */
  long bytes() {
    return columns.values().stream().mapToLong(Cells::bytes).sum();
  }
}
