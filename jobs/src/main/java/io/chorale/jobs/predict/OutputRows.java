package io.chorale.jobs.predict;

import io.chorale.evaluate.Predictor;
import io.chorale.jobs.spark.Tally;
import io.chorale.jobs.tokenize.RowEncoder;
import io.chorale.task.Prediction;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Queue;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import scala.collection.Seq;
import scala.jdk.javaapi.CollectionConverters;

/**
 * Rows with what a model makes of them, in the order of the rows. They are read, and go through the
 * model, by windows, which are large enough to find rows of like length for each batch, and end
 * before they fill the memory.
 */
final class OutputRows implements Iterator<Row> {
  private static final int WINDOW_ROWS = 1 << 13;
  private static final long WINDOW_BYTES = 1L << 26;
  private static final int LEAST_BYTES = 8; // of any value

  private final EncodedRecords encoded;
  private final Predictor predictor;
  private final OutputColumns outputs;
  private final ModelRecords records;
  private final Tally tally;
  private final Queue<Row> ready = new ArrayDeque<>();

  OutputRows(
      EncodedRecords encoded,
      Predictor predictor,
      OutputColumns outputs,
      ModelRecords records,
      Tally tally) {
    this.encoded = encoded;
    this.predictor = predictor;
    this.outputs = outputs;
    this.records = records;
    this.tally = tally;
  }

  @Override
  public boolean hasNext() {
    if (ready.isEmpty() && encoded.hasNext()) {
      makeWindow();
    }
    return !ready.isEmpty();
  }

  @Override
  public Row next() {
    if (!hasNext()) {
      throw new NoSuchElementException();
    }
    return ready.remove();
  }

  private void makeWindow() {
    List<Object[]> written = new ArrayList<>();
    List<Object[]> filled = new ArrayList<>();
    List<io.chorale.data.Row> made = new ArrayList<>();
    List<Long> seeds = new ArrayList<>();
    long bytes = 0;
    while (encoded.hasNext() && written.size() < WINDOW_ROWS && bytes < WINDOW_BYTES) {
      EncodedRecords.Entry entry = encoded.next();
      Object[] carried = records.values(entry.record());
      Object[] values = Arrays.copyOf(carried, carried.length + outputs.outputs().size() + 1);
      bytes += Arrays.stream(carried).mapToLong(OutputRows::bytes).sum() + entry.bytesBeside();
      bytes += outputs.bytes();
      written.add(values);
      if (entry.encoded() instanceof RowEncoder.Made row) {
        filled.add(values);
        made.add(row.row());
        seeds.add(entry.record().getAs(RowPlaces.SEED));
      } else {
        outputs.put(((RowEncoder.Refused) entry.encoded()).reason(), values, carried.length);
      }
    }
    if (!made.isEmpty()) {
      long[] drawn = seeds.stream().mapToLong(Long::longValue).toArray();
      List<Prediction> predictions = predictor.predict(made, drawn);
      for (int i = 0; i < filled.size(); i++) {
        outputs.put(predictions.get(i), filled.get(i), records.carried().size());
      }
    }
    written.forEach(values -> ready.add(RowFactory.create(values)));
    tally.addRows(written.size());
  }

  /** About the memory that a value takes. */
  private static long bytes(Object value) {
    if (value instanceof String text) {
      return LEAST_BYTES + 2L * text.length();
    }
    if (value instanceof byte[] all) {
      return LEAST_BYTES + all.length;
    }
    if (value instanceof Seq<?> list) {
      Collection<?> values = CollectionConverters.asJavaCollection(list);
      return LEAST_BYTES + values.stream().mapToLong(OutputRows::bytes).sum();
    }
    return LEAST_BYTES;
  }
}
