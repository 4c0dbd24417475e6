package io.chorale.jobs.embed;

import io.chorale.config.DatasetSplit;
import io.chorale.data.Column;
import io.chorale.data.Dataset;
import io.chorale.io.Storage;
import io.chorale.vectors.Phrases;
import java.io.Serializable;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.stream.IntStream;
import org.apache.hadoop.fs.Path;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;

/**
 * The ids of a dataset's training text, shard by shard, phrases joined.
 *
 * @param data the dataset's directory
 * @param words ids of its tokenizer
 * @param passes of {@link Phrases}
 */
record TrainingIds(Storage storage, Path data, int words, int[][] passes) implements Serializable {
  /** Those of a dataset with text, of which nothing is joined. */
  static TrainingIds of(Storage storage, Dataset dataset) {
    int words = dataset.schema().column(Column.TEXT).size();
    return new TrainingIds(storage, dataset.directory(), words, new int[0][]);
  }

  /** The same text with phrases. */
  TrainingIds with(Phrases phrases) {
    return new TrainingIds(storage, data, words, phrases.passes());
  }

  Phrases phrases() {
    return Phrases.of(words, passes);
  }

  /** The numbers of its shards, in as many partitions as Spark has cores, or fewer. */
  JavaRDD<Integer> shards(JavaSparkContext spark) {
    int shards = dataset().manifest().split(DatasetSplit.TRAIN).shards().size();
    List<Integer> numbers = IntStream.range(0, shards).boxed().toList();
    return spark.parallelize(numbers, Math.max(1, Math.min(shards, spark.defaultParallelism())));
  }

  /** The ids of some shards, one shard after the other: 4 bytes an id. */
  Iterable<int[]> of(Iterator<Integer> numbers) {
    Dataset dataset = dataset();
    Phrases phrases = phrases();
    return () ->
        new Iterator<>() {
          @Override
          public boolean hasNext() {
            return numbers.hasNext();
          }

          @Override
          public int[] next() {
            int[] ids =
                dataset.shard(DatasetSplit.TRAIN, numbers.next()).tokens(Column.TEXT).toArray();
            return Arrays.copyOf(ids, phrases.join(ids, ids.length));
          }
        };
  }

  private Dataset dataset() {
    return Dataset.open(storage, data);
  }
}
