package io.chorale.jobs.embed;

import java.util.Iterator;
import java.util.List;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.api.java.function.FlatMapFunction;

/**
 * Counts how often each id occurs in the training split, on the executors. The driver holds two
 * tables of 8 bytes an id at a time.
 */
record CountJob(TrainingIds text) implements FlatMapFunction<Iterator<Integer>, long[]> {
  /** The counts, by id. */
  static long[] run(JavaSparkContext spark, TrainingIds text) {
    return text.shards(spark).mapPartitions(new CountJob(text)).reduce(CountJob::sum);
  }

  private static long[] sum(long[] a, long[] b) {
    for (int id = 0; id < a.length; id++) {
      a[id] += b[id];
    }
    return a;
  }

  @Override
  public Iterator<long[]> call(Iterator<Integer> shards) {
    long[] counts = new long[text.phrases().ids()];
    for (int[] ids : text.of(shards)) {
      for (int id : ids) {
        counts[id]++;
      }
    }
    return List.of(counts).iterator();
  }
}
