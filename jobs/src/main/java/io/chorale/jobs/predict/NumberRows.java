package io.chorale.jobs.predict;

import java.util.Arrays;
import java.util.Iterator;
import java.util.NoSuchElementException;
import org.apache.spark.api.java.function.MapPartitionsFunction;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;

/** Adds to each row its number, from 0, in the part of a file that it comes from. */
final class NumberRows implements MapPartitionsFunction<Row, Row> {
  /** The number of a row in its part of a file. */
  static final String NUMBER = "__chorale_number";

  private static final long serialVersionUID = 1L;

  /** The columns with that of the number. */
  static StructType columns(StructType rows) {
    return rows.add(NUMBER, DataTypes.LongType);
  }

  @Override
  public Iterator<Row> call(Iterator<Row> rows) {
    return new Iterator<>() {
      private String place = "";
      private long number;

      @Override
      public boolean hasNext() {
        return rows.hasNext();
      }

      @Override
      public Row next() {
        if (!rows.hasNext()) {
          throw new NoSuchElementException();
        }
        Row row = rows.next();
        String here = FilePart.of(row, row.size() - 2).toString();
        number = here.equals(place) ? number + 1 : 0;
        place = here;
        Object[] values = new Object[row.size() + 1];
        Arrays.setAll(values, i -> i < row.size() ? row.get(i) : number);
        return RowFactory.create(values);
      }
    };
  }
}
