package io.chorale.jobs.predict;

import io.chorale.random.SplitMix64;
import java.util.Arrays;
import java.util.Iterator;
import java.util.Map;
import java.util.stream.StreamSupport;
import org.apache.spark.api.java.function.MapPartitionsFunction;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;

/**
 * Turns where a row comes from into its place among all rows, the key of the part of the output in
 * which it is written, and the seed of what is drawn for it. Rows of parts that are written already
 * are left out.
 *
 * @param begins the place of the first row of each part of a file
 */
record RowPlaces(Map<FilePart, Long> begins, OutputParts parts)
    implements MapPartitionsFunction<Row, Row> {
  /** The place of a row among all, from 0. */
  static final String PLACE = "__chorale_place";

  /** What is hashed to bring the rows of a part together. */
  static final String KEY = "__chorale_key";

  /** Decides what is drawn for a row. */
  static final String SEED = "__chorale_seed";

  /** The columns with these in place of those of the origin. */
  static StructType columns(StructType rows) {
    int kept = rows.size() - RowOrigins.COLUMNS;
    return new StructType(Arrays.copyOf(rows.fields(), kept))
        .add(PLACE, DataTypes.LongType)
        .add(KEY, DataTypes.IntegerType)
        .add(SEED, DataTypes.LongType);
  }

  @Override
  public Iterator<Row> call(Iterator<Row> rows) {
    Iterable<Row> all = () -> rows;
    Placing placing = new Placing();
    return StreamSupport.stream(all.spliterator(), false)
        .filter(placing::writes)
        .map(placing::placed)
        .iterator();
  }

  /** Places the rows of a partition. */
  private final class Placing {
    private final RowOrigins origins = new RowOrigins();
    private long begin;
    private int name;
    private long place;

    /** Goes on to a row; whether the part in which it is written is missing. */
    boolean writes(Row row) {
      if (origins.next(row)) {
        begin = begins.get(origins.part());
        name = origins.part().path().getName().hashCode();
      }
      place = begin + origins.number();
      return parts.lacks(place);
    }

    /** The row that was gone on to, with its place. */
    Row placed(Row row) {
      int kept = row.size() - RowOrigins.COLUMNS;
      Object[] values = new Object[kept + 3];
      for (int i = 0; i < kept; i++) {
        values[i] = row.get(i);
      }
      values[kept] = place;
      values[kept + 1] = parts.key(place);
      values[kept + 2] = SplitMix64.of(name, origins.part().begin(), origins.number()).nextLong();
      return RowFactory.create(values);
    }
  }
}
