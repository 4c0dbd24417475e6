package io.chorale.jobs.predict;

import static org.apache.spark.sql.functions.col;

import io.chorale.jobs.tokenize.RowEncoder;
import java.io.Serializable;
import java.util.Collections;
import java.util.Iterator;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.apache.spark.api.java.function.MapPartitionsFunction;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;

/**
 * The windows of steps from which single steps of series are predicted. The steps may lie anywhere
 * in the input: they are brought together by series and sorted by time.
 *
 * <p>A series is sorted by one task, on disk where it is long, and a task holds one window of it. A
 * window then travels to the part of the output in which its record is written.
 *
 * @param records as the model reads them
 * @param everyStep whether each step of a series has one, not the last alone
 */
record StepWindows(ModelRecords records, boolean everyStep) implements Serializable {
  /**
   * A row for each step that has a window, or of which {@link SeriesWalk} tells why it has none.
   *
   * @param placed all records of the input, as {@link RowPlaces} places them
   * @param parts of the output: steps in those that are written have no row
   * @return of {@link StepWindow#COLUMNS}
   */
  Dataset<Row> of(Dataset<Row> placed, OutputParts parts) {
    MapPartitionsFunction<Row, Row> find = this::steps;
    MapPartitionsFunction<Row, Row> walk =
        steps -> new SeriesWalk(steps, records.model().longest(), records.step(), everyStep, parts);
    // The filter, which all pass, makes Spark write the rows and read them again: one function's
    // rows that are handed to another as they are made know no names of columns.
    return placed
        .filter(col(RowPlaces.PLACE).isNotNull())
        .mapPartitions(find, Encoders.row(SeriesStep.COLUMNS))
        .repartition(parts.count(), col(SeriesStep.GROUP))
        .sortWithinPartitions(SeriesStep.GROUP, SeriesStep.TIME, RowPlaces.PLACE)
        .mapPartitions(walk, Encoders.row(StepWindow.COLUMNS));
  }

  /** The steps among records, as rows of {@link SeriesStep#COLUMNS}. */
  private Iterator<Row> steps(Iterator<Row> placed) {
    if (!placed.hasNext()) {
      return Collections.emptyIterator();
    }
    RowEncoder encoder = records.encoder(records.model());
    Iterable<Row> once = () -> placed;
    return StreamSupport.stream(once.spliterator(), false)
        .flatMap(
            record ->
                records.encode(record, encoder) instanceof RowEncoder.Step step
                    ? Stream.of(SeriesStep.of(step, record.getAs(RowPlaces.PLACE)).row())
                    : Stream.empty())
        .iterator();
  }
}
