package io.chorale.jobs.embed;

import io.chorale.config.DatasetSplit;
import io.chorale.data.Column;
import io.chorale.data.Dataset;
import io.chorale.data.Tokens;
import io.chorale.io.Storage;
import java.util.Iterator;
import java.util.List;
import java.util.stream.IntStream;
import org.apache.hadoop.fs.Path;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.api.java.function.FlatMapFunction;

/**
 * Counts how often each id occurs in the training split, on the executors. The driver holds two
 * tables of 8 bytes an id at a time.
 */
final class CountJob implements FlatMapFunction<Iterator<Integer>, long[]> {
  private static final long serialVersionUID = 1L;

  private final Storage storage;
  private final Path data;
  private final int size;

  private CountJob(Storage storage, Path data, int size) {
    this.storage = storage;
    this.data = data;
    this.size = size;
  }

  /**
   * The counts, by id.
   *
   * @param dataset with text
   */
  static long[] run(JavaSparkContext spark, Storage storage, Dataset dataset) {
    int shards = dataset.manifest().split(DatasetSplit.TRAIN).shards().size();
    int size = dataset.schema().column(Column.TEXT).size();
    List<Integer> numbers = IntStream.range(0, shards).boxed().toList();
    int tasks = Math.max(1, Math.min(shards, spark.defaultParallelism()));
    return spark
        .parallelize(numbers, tasks)
        .mapPartitions(new CountJob(storage, dataset.directory(), size))
        .reduce(CountJob::sum);
  }

  private static long[] sum(long[] a, long[] b) {
    for (int id = 0; id < a.length; id++) {
      a[id] += b[id];
    }
    return a;
  }

  @Override
  public Iterator<long[]> call(Iterator<Integer> shards) {
    Dataset dataset = Dataset.open(storage, data);
    long[] counts = new long[size];
    while (shards.hasNext()) {
      Tokens tokens = dataset.shard(DatasetSplit.TRAIN, shards.next()).tokens(Column.TEXT);
      for (int i = 0; i < tokens.length(); i++) {
        counts[tokens.get(i)]++;
      }
    }
    return List.of(counts).iterator();
  }
}
