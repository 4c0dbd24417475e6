package io.chorale.jobs.predict;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.hash;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.pmod;

import java.util.Arrays;
import java.util.List;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/**
 * Keys by which Spark's hash partitioning brings the rows of each part together in the partition
 * with the number of that part: for a Dataset there is no other way to choose partitions.
 */
final class PartKeys {
  private static final int TRIED_OF_PART = 16;

  private PartKeys() {}

  /** A key for each of so many partitions. */
  static int[] of(SparkSession sql, int partitions) {
    int[] keys = new int[partitions];
    for (long tried = (long) TRIED_OF_PART * partitions; ; tried *= 2) {
      Arrays.fill(keys, -1);
      List<Row> found =
          sql.range(tried)
              .select(col("id").cast("int").as("key"))
              .select(col("key"), pmod(hash(col("key")), lit(partitions)).as("partition"))
              .collectAsList();
      found.forEach(row -> keys[row.getInt(1)] = row.getInt(0));
      if (Arrays.stream(keys).allMatch(key -> key >= 0)) {
        return keys;
      }
    }
  }
}
