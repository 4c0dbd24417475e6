package io.chorale.jobs.duplicate;

import java.util.Iterator;
import java.util.NoSuchElementException;
import org.apache.spark.sql.Row;

/** Goes through rows, of which each gives one row or none. */
abstract class RowWalk implements Iterator<Row> {
  private final Iterator<Row> rows;
  private Row ready;

  RowWalk(Iterator<Row> rows) {
    this.rows = rows;
  }

  /** What a row gives, or null. */
  abstract Row take(Row row);

  @Override
  public final boolean hasNext() {
    while (ready == null && rows.hasNext()) {
      ready = take(rows.next());
    }
    return ready != null;
  }

  @Override
  public final Row next() {
    if (!hasNext()) {
      throw new NoSuchElementException();
    }
    Row next = ready;
    ready = null;
    return next;
  }
}
