package io.chorale.jobs.predict;

import static org.apache.spark.sql.functions.col;

import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.spark.api.java.function.MapPartitionsFunction;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;

/** Counts the rows of each part of a file. */
final class CountRows implements MapPartitionsFunction<Row, Row> {
  /** A row of the result: file, begin of the part, how many rows it has. */
  private static final StructType COLUMNS =
      new StructType()
          .add("file", DataTypes.StringType)
          .add("begin", DataTypes.LongType)
          .add("rows", DataTypes.LongType);

  private static final long serialVersionUID = 1L;

  /**
   * The counts. Of the records no more than one column is read.
   *
   * @param rows with their origin, as {@link InputRows} has them
   */
  static Dataset<Row> of(Dataset<Row> rows) {
    return origins(rows).mapPartitions(new CountRows(), Encoders.row(COLUMNS));
  }

  /** The rows with one column beside those of their origin, where that is all that counts. */
  static Dataset<Row> origins(Dataset<Row> rows) {
    return rows.select(
        OutputColumns.named(rows.columns()[0]), col(InputRows.FILE), col(InputRows.BLOCK));
  }

  @Override
  public Iterator<Row> call(Iterator<Row> rows) {
    Map<FilePart, Long> counts = new LinkedHashMap<>();
    RowOrigins origins = new RowOrigins();
    while (rows.hasNext()) {
      origins.next(rows.next());
      counts.put(origins.part(), origins.number() + 1);
    }
    return counts.entrySet().stream()
        .map(
            count ->
                RowFactory.create(count.getKey().file(), count.getKey().begin(), count.getValue()))
        .iterator();
  }
}
