package io.chorale.jobs.predict;

import static org.apache.spark.sql.functions.col;

import java.util.List;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/**
 * A sample of rows: those with the smallest hashes of their places, which are the same however
 * often and on whatever machines they are looked for.
 */
final class RowSample {
  private RowSample() {}

  /**
   * Which rows are in the sample, as a condition.
   *
   * @param places of all rows, with {@link RowPlaces#SEED} and {@link RowPlaces#PLACE}
   * @param all how many rows there are
   * @param wanted rows of the sample
   */
  static Column of(Dataset<Row> places, long all, int wanted) {
    // Hashes are even, so that few more than are wanted are below this: all that the driver sees.
    double share = (wanted + 8 * Math.sqrt(wanted) + 64) / all;
    long below = (long) (share * 0x1p64 - 0x1p63);
    List<Row> smallest =
        places
            .select(RowPlaces.SEED, RowPlaces.PLACE)
            .filter(col(RowPlaces.SEED).leq(below))
            .orderBy(RowPlaces.SEED, RowPlaces.PLACE)
            .limit(wanted)
            .collectAsList();
    Row last = smallest.get(smallest.size() - 1);
    Column hash = col(RowPlaces.SEED);
    return hash.lt(last.getLong(0))
        .or(hash.equalTo(last.getLong(0)).and(col(RowPlaces.PLACE).leq(last.getLong(1))));
  }
}
