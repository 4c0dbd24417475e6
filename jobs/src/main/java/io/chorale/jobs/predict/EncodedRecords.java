package io.chorale.jobs.predict;

import io.chorale.jobs.tokenize.RowEncoder;
import java.util.Iterator;
import org.apache.spark.sql.Row;

/**
 * The records of a partition, each with the row that a model predicts from: of a record that is one
 * step of a series, the {@linkplain StepWindow window} that ends there.
 */
final class EncodedRecords implements Iterator<EncodedRecords.Entry> {
  private static final RowEncoder.Encoded EARLIER = new RowEncoder.Refused("earlier-step");

  private final Iterator<Row> rows;
  private final ModelRecords records;
  private final RowEncoder encoder;

  /**
   * A record.
   *
   * @param encoded a row, or why there is none: never a step
   * @param bytesBeside what the row takes beside the record
   */
  record Entry(Row record, RowEncoder.Encoded encoded, long bytesBeside) {}

  /**
   * @param rows records in their order, windows before those that they end at
   * @param encoder of the records
   */
  EncodedRecords(Iterator<Row> rows, ModelRecords records, RowEncoder encoder) {
    this.rows = rows;
    this.records = records;
    this.encoder = encoder;
  }

  @Override
  public boolean hasNext() {
    return rows.hasNext();
  }

  @Override
  public Entry next() {
    Row row = rows.next();
    if (StepWindow.is(row)) {
      StepWindow window = StepWindow.of(row);
      Row record = record(window);
      RowEncoder.Step last = (RowEncoder.Step) records.encode(record, encoder);
      return new Entry(record, window.encoded(last), window.size());
    }
    RowEncoder.Encoded encoded = records.encode(row, encoder);
    return new Entry(row, encoded instanceof RowEncoder.Step ? EARLIER : encoded, 0);
  }

  /** The record at which a window ends, which comes next. */
  private Row record(StepWindow window) {
    // Some of Spark's iterators have a next row only after they were asked for it.
    if (!rows.hasNext()) {
      throw new IllegalStateException("there must be a record at place " + window.place());
    }
    return rows.next();
  }
}
