package io.chorale.data;

import io.chorale.config.DatasetSplit;
import io.chorale.io.ArrayContent;
import io.chorale.io.SafeTensors;
import io.chorale.io.Storage;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.hadoop.fs.Path;

/**
 * Gathers the rows of a shard and publishes them. Holds in memory what who reads the shard will.
 */
public final class ShardWriter {
  private final Map<String, ColumnWriter> columns = new LinkedHashMap<>();
  private int rows;

  /** Of a shard with those columns. */
  public ShardWriter(List<Column> columns) {
    columns.forEach(column -> this.columns.put(column.name(), ColumnWriter.of(column)));
  }

  /** Adds a row: its cells in all columns. */
  public void add(Row row) {
    append(row);
    endRow();
  }

  /** Goes on with the row's cells in all columns. */
  public void append(Row part) {
    columns.forEach((name, column) -> column.append(part.cell(name)));
  }

  /** Goes on with the row's cell in a column of ids, with those {@code from} to {@code to} - 1. */
  public void append(String column, int[] ids, int from, int to) {
    ((IdWriter) columns.get(column)).append(ids, from, to);
  }

  /** Sets the row's cell in a column of classes. */
  public void append(String column, int label) {
    columns.get(column).append(Ids.of(label));
  }

  /**
   * Ends the row.
   *
   * @throws IllegalStateException where a column has no cell in it, or no such one
   */
  public void endRow() {
    columns.values().forEach(ColumnWriter::endRow);
    rows++;
  }

  /**
   * Puts the rows so far in another order, and joins those that are parts of one.
   *
   * @param order which row is first, second, and so on
   * @param ends which of the rows, by their numbers so far, end a row; others go on in the next one
   */
  public void sort(int[] order, BitSet ends) {
    columns.replaceAll((name, column) -> column.sorted(order, ends));
    rows = ends.cardinality();
  }

  /** Publishes the shard of a corpus that has one source. */
  public ShardFacts publish(Storage storage, Path directory, DatasetSplit split, int shard) {
    return publish(storage, directory, split, shard, SourceFacts.ONLY.name());
  }

  /**
   * Publishes the shard.
   *
   * @param directory of the dataset, or where it is staged
   * @param source the name of the source that its rows are of
   * @throws IllegalStateException where a row was not ended, or there is none
   */
  public ShardFacts publish(
      Storage storage, Path directory, DatasetSplit split, int shard, String source) {
    if (!columns.values().stream().allMatch(ColumnWriter::ended)) {
      throw new IllegalStateException("a shard must hold at least one row, and its last must end");
    }
    List<ArrayContent> arrays = new ArrayList<>();
    Map<String, Long> elements = new LinkedHashMap<>();
    Map<String, Long> longest = new LinkedHashMap<>();
    columns.forEach(
        (column, writer) -> {
          writer.addTo(arrays);
          elements.put(column, writer.elements());
          longest.put(column, writer.longest());
        });
    String name = ShardFacts.name(split, shard);
    SafeTensors.Written written =
        SafeTensors.write(storage, new Path(directory, name), Map.of(), arrays);
    return new ShardFacts(
        name, source, rows, elements, longest, written.crc32c(), DocumentFacts.NONE);
  }
}
