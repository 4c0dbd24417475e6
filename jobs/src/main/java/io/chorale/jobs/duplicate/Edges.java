package io.chorale.jobs.duplicate;

import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;

/** Edges between documents, as rows: the larger id, then the smaller one. */
final class Edges {
  static final String ID = "id";
  static final String LEAST = "least";

  static final StructType COLUMNS =
      new StructType().add(ID, DataTypes.LongType, false).add(LEAST, DataTypes.LongType, false);

  private Edges() {}

  static Row row(long one, long other) {
    return RowFactory.create(Math.max(one, other), Math.min(one, other));
  }
}
