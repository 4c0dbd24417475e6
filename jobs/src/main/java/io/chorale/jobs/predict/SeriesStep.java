package io.chorale.jobs.predict;

import io.chorale.jobs.tokenize.RowEncoder;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;

/**
 * A record of the input that is one step of a series.
 *
 * @param group the name of the series
 * @param time in milliseconds since 1970
 * @param place of the record among all
 * @param values its numbers as the model reads them, as {@link StepWindow#bytes} has them
 */
record SeriesStep(String group, long time, long place, byte[] values) {
  static final String GROUP = "__chorale_group";
  static final String TIME = "__chorale_time";
  private static final String VALUES = "__chorale_values";

  /** As rows of Spark. */
  static final StructType COLUMNS =
      new StructType()
          .add(GROUP, DataTypes.StringType)
          .add(TIME, DataTypes.LongType)
          .add(RowPlaces.PLACE, DataTypes.LongType)
          .add(VALUES, DataTypes.BinaryType);

  static SeriesStep of(RowEncoder.Step step, long place) {
    byte[] values = StepWindow.bytes(step.values().values());
    return new SeriesStep(step.group(), step.time(), place, values);
  }

  static SeriesStep of(Row row) {
    return new SeriesStep(row.getString(0), row.getLong(1), row.getLong(2), row.getAs(VALUES));
  }

  Row row() {
    return RowFactory.create(group, time, place, values);
  }
}
