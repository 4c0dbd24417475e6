package io.chorale.jobs.predict;

import io.chorale.jobs.tokenize.RowEncoder;
import java.nio.ByteBuffer;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;

/**
 * The window of steps that ends at a record, or why there is none. Among rows of records it has
 * their columns, too, all without values but place and key: without a {@link RowPlaces#SEED} it is
 * sorted before its record.
 *
 * @param place of the record among all
 * @param values of all steps, in the order of time; null where there are none
 * @param reason null where there are values
 */
record StepWindow(long place, byte[] values, String reason) {
  private static final String VALUES = "__chorale_window";
  private static final String REASON = "__chorale_reason";

  /** As rows of Spark. */
  static final StructType COLUMNS =
      new StructType()
          .add(RowPlaces.PLACE, DataTypes.LongType)
          .add(RowPlaces.KEY, DataTypes.IntegerType)
          .add(VALUES, DataTypes.BinaryType)
          .add(REASON, DataTypes.StringType);

  /** Whether a row is a window, not a record. */
  static boolean is(Row row) {
    return row.isNullAt(row.fieldIndex(RowPlaces.SEED));
  }

  static StepWindow of(Row row) {
    return new StepWindow(row.getAs(RowPlaces.PLACE), row.getAs(VALUES), row.getAs(REASON));
  }

  Row row(OutputParts parts) {
    return RowFactory.create(place, parts.key(place), values, reason);
  }

  /** The row that a model predicts from, or why there is none. */
  RowEncoder.Encoded encoded(RowEncoder.Step last) {
    return reason == null
        ? new RowEncoder.Made(last.after(floats(values)))
        : new RowEncoder.Refused(reason);
  }

  /** Bytes of the window. */
  int size() {
    return values == null ? 0 : values.length;
  }

  /** Numbers as bytes. */
  static byte[] bytes(float[] numbers) {
    ByteBuffer bytes = ByteBuffer.allocate(Float.BYTES * numbers.length);
    bytes.asFloatBuffer().put(numbers);
    return bytes.array();
  }

  /** Bytes as numbers. */
  static float[] floats(byte[] bytes) {
    float[] numbers = new float[bytes.length / Float.BYTES];
    ByteBuffer.wrap(bytes).asFloatBuffer().get(numbers);
    return numbers;
  }
}
