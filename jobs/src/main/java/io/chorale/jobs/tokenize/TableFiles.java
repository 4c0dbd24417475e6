package io.chorale.jobs.tokenize;

import io.chorale.io.NumberTable;
import io.chorale.io.Storage;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.hadoop.fs.Path;

/** Publishes rows as tables of bounded size and reads them in their order; one table is held. */
final class TableFiles {
  private static final int MOST_ROWS = 1 << 17;

  private final Storage storage;
  private final IntFunction<Path> file;
  private final List<String> columns;
  private final List<String> published = new ArrayList<>();
  private NumberTable table;

  /**
   * No tables yet.
   *
   * @param file the place of each, by its number
   */
  TableFiles(Storage storage, IntFunction<Path> file, List<String> columns) {
    this.storage = storage;
    this.file = file;
    this.columns = columns;
    this.table = new NumberTable(columns);
  }

  /** Adds a row. */
  void add(long... row) {
    table.add(row);
    if (table.rows() >= MOST_ROWS) {
      publish();
    }
  }

  /** Publishes the rest; the CRC32C of each table, in their order. */
  List<String> end() {
    if (table.rows() > 0) {
      publish();
    }
    return List.copyOf(published);
  }

  private void publish() {
    published.add(table.publish(storage, file.apply(published.size())));
    table = new NumberTable(columns);
  }

  /** The tables of a part, read one after the other, row by row. */
  static final class Rows {
    private final Iterator<NumberTable> tables;
    private NumberTable table = new NumberTable(List.of());
    private int row = -1;

    private Rows(Iterator<NumberTable> tables) {
      this.tables = tables;
    }

    /** Goes to the next row; false after the last one. */
    boolean next() {
      row++;
      while (row >= table.rows()) {
        if (!tables.hasNext()) {
          return false;
        }
        table = tables.next();
        row = 0;
      }
      return true;
    }

    /** A number of the row at hand. */
    long get(String column) {
      return table.get(column, row);
    }
  }

  /**
   * Goes through the rows of what was published.
   *
   * @param crc32c of each table
   * @param columns whose numbers a row has, in this order
   */
  static Stream<long[]> stream(
      Storage storage, IntFunction<Path> file, List<String> crc32c, List<String> columns) {
    return tables(storage, file, crc32c).flatMap(table -> table.stream(columns));
  }

  private static Stream<NumberTable> tables(
      Storage storage, IntFunction<Path> file, List<String> crc32c) {
    return IntStream.range(0, crc32c.size())
        .mapToObj(number -> NumberTable.read(storage, file.apply(number), crc32c.get(number)));
  }

  /**
   * Reads what was published.
   *
   * @param crc32c of each table
   */
  static Rows read(Storage storage, IntFunction<Path> file, List<String> crc32c) {
    return new Rows(tables(storage, file, crc32c).iterator());
  }
}
