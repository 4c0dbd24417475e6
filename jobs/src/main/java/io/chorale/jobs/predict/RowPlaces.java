package io.chorale.jobs.predict;

import io.chorale.random.SplitMix64;
import java.util.Arrays;
import java.util.Iterator;
import java.util.Map;
import java.util.stream.Stream;
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
 * @param rowsOfPart rows of a part of the output
 * @param keys of each part of the output
 * @param missing whether each part of the output is still to be written
 */
record RowPlaces(Map<FilePart, Long> begins, long rowsOfPart, int[] keys, boolean[] missing)
    implements MapPartitionsFunction<Row, Row> {
  /** The place of a row among all, from 0. */
  static final String PLACE = "__chorale_place";

  /** What is hashed to bring the rows of a part together. */
  static final String KEY = "__chorale_key";

  /** Decides what is drawn for a row. */
  static final String SEED = "__chorale_seed";

  /** Columns of the origin of a row, which stand last: file, part of the file, number. */
  private static final int ORIGIN = 3;

  /** The columns with these in place of those of the origin. */
  static StructType columns(StructType numbered) {
    int kept = numbered.size() - ORIGIN;
    return new StructType(Arrays.copyOf(numbered.fields(), kept))
        .add(PLACE, DataTypes.LongType)
        .add(KEY, DataTypes.IntegerType)
        .add(SEED, DataTypes.LongType);
  }

  @Override
  public Iterator<Row> call(Iterator<Row> rows) {
    Iterable<Row> all = () -> rows;
    return StreamSupport.stream(all.spliterator(), false).flatMap(this::placed).iterator();
  }

  private Stream<Row> placed(Row row) {
    FilePart from = FilePart.of(row, row.size() - ORIGIN);
    long number = row.getLong(row.size() - 1);
    long place = begins.get(from) + number;
    int part = (int) (place / rowsOfPart);
    if (!missing[part]) {
      return Stream.empty();
    }
    int kept = row.size() - ORIGIN;
    Object[] values = new Object[kept + 3];
    for (int i = 0; i < kept; i++) {
      values[i] = row.get(i);
    }
    values[kept] = place;
    values[kept + 1] = keys[part];
    int name = from.path().getName().hashCode();
    values[kept + 2] = SplitMix64.of(name, from.begin(), number).nextLong();
    return Stream.of(RowFactory.create(values));
  }
}
