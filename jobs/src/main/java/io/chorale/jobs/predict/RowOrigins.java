package io.chorale.jobs.predict;

import org.apache.spark.sql.Row;

/**
 * Numbers the rows of each part of a file, from 0. To be shown the rows of a partition one after
 * the other: those of a part of a file stand together there, in the order of the file.
 */
final class RowOrigins {
  /** Columns of the origin of a row, which stand last: the file, and where its part begins. */
  static final int COLUMNS = 2;

  private FilePart part;
  private long number;

  /** Goes on to a row; whether it is the first one of a part of a file. */
  boolean next(Row row) {
    int file = row.size() - COLUMNS;
    if (part != null && part.has(row.getString(file), row.getLong(file + 1))) {
      number++;
      return false;
    }
    part = new FilePart(row.getString(file), row.getLong(file + 1));
    number = 0;
    return true;
  }

  /** The part of a file that the row comes from. */
  FilePart part() {
    return part;
  }

  /** The number of the row in it. */
  long number() {
    return number;
  }
}
