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
 * Rows with their predictions, in the order of the rows. They are read and predicted by windows,
 * which are large enough to find rows of like length for each batch, and end before they fill the
 * memory.
 */
final class PredictedRows implements Iterator<Row> {
  private static final int WINDOW_ROWS = 1 << 13;
  private static final long WINDOW_BYTES = 1L << 26;
  private static final int LEAST_BYTES = 8; // of any value

  private final Iterator<Row> rows;
  private final RowEncoder encoder;
  private final Predictor predictor;
  private final OutputColumns outputs;
  private final Records records;
  private final Tally tally;
  private final Queue<Row> ready = new ArrayDeque<>();

  PredictedRows(
      Iterator<Row> rows,
      RowEncoder encoder,
      Predictor predictor,
      OutputColumns outputs,
      Records records,
      Tally tally) {
    this.rows = rows;
    this.encoder = encoder;
    this.predictor = predictor;
    this.outputs = outputs;
    this.records = records;
    this.tally = tally;
  }

  @Override
  public boolean hasNext() {
    if (ready.isEmpty() && rows.hasNext()) {
      predictWindow();
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

  private void predictWindow() {
    List<Object[]> written = new ArrayList<>();
    List<Object[]> predicted = new ArrayList<>();
    List<io.chorale.data.Row> encoded = new ArrayList<>();
    List<Long> seeds = new ArrayList<>();
    long bytes = 0;
    while (rows.hasNext() && written.size() < WINDOW_ROWS && bytes < WINDOW_BYTES) {
      Row row = rows.next();
      Object[] carried = records.values(row);
      Object[] values = Arrays.copyOf(carried, carried.length + outputs.outputs().size() + 1);
      bytes += Arrays.stream(carried).mapToLong(PredictedRows::bytes).sum();
      written.add(values);
      RowEncoder.Encoded read = records.encode(row, encoder);
      if (read instanceof RowEncoder.Made made) {
        predicted.add(values);
        encoded.add(made.row());
        seeds.add(row.getAs(RowPlaces.SEED));
      } else {
        outputs.put(((RowEncoder.Refused) read).reason(), values, carried.length);
      }
    }
    if (!encoded.isEmpty()) {
      long[] drawn = seeds.stream().mapToLong(Long::longValue).toArray();
      List<Prediction> predictions = predictor.predict(encoded, drawn);
      for (int i = 0; i < predicted.size(); i++) {
        outputs.put(predictions.get(i), predicted.get(i), records.carried().size());
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
      return LEAST_BYTES + values.stream().mapToLong(PredictedRows::bytes).sum();
    }
    return LEAST_BYTES;
  }
}
