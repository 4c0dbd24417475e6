package io.chorale.jobs.bench;

import io.chorale.config.DatasetSplit;
import io.chorale.config.Settings;
import io.chorale.data.Batch;
import io.chorale.data.BatchSource;
import io.chorale.data.Column;
import io.chorale.data.DatasetManifest;
import io.chorale.data.Feed;
import io.chorale.data.Ids;
import io.chorale.data.Numbers;
import io.chorale.data.Row;
import io.chorale.data.RowBatches;
import io.chorale.data.Schema;
import io.chorale.data.SeriesWindows;
import io.chorale.data.ShardFacts;
import io.chorale.data.ShardWriter;
import io.chorale.data.TokenStream;
import io.chorale.data.Values;
import io.chorale.io.Storage;
import io.chorale.task.Task;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.apache.hadoop.fs.Path;

/**
 * A dataset of random ids, classes and numbers, as a task needs them, for benchmarks, where speed
 * alone counts.
 *
 * @param settings whose task is to be measured
 * @param vocabulary V
 */
record SyntheticDataset(Settings settings, int vocabulary) {
  /** What is learnt from it. */
  Task task() {
    return Task.of(settings, schema(), "a benchmark");
  }

  /** Tokens or steps of a local step's rows, all of which are equally long; of targets alone. */
  long tokensOfStep() {
    return (long) settings.train().batch() * task().longest();
  }

  /** Of them, those for each prediction. */
  double tokensOfPrediction() {
    return (double) tokensOfStep() / batches().batch(0).predictions();
  }

  /** Ids of no tokenizer, which no training asks for. */
  private Schema schema() {
    return Task.needs(settings, vocabulary, vocabulary);
  }

  /** Batches without end, for a loop that needs no files. */
  BatchSource batches() {
    return new RandomBatches(settings, schema(), task());
  }

  /**
   * Writes a training split.
   *
   * @param tokens of each shard, at least
   */
  void write(Storage storage, Path directory, int shards, int tokens) {
    Schema schema = schema();
    int length = length(tokens);
    int rows = (tokens + length - 1) / length;
    List<ShardFacts> facts = new ArrayList<>();
    for (int shard = 0; shard < shards; shard++) {
      ShardWriter writer = new ShardWriter(schema.columns());
      SplittableRandom random = new SplittableRandom(shard);
      for (int row = 0; row < rows; row++) {
        writer.add(row(schema, length, random));
      }
      facts.add(writer.publish(storage, directory, DatasetSplit.TRAIN, shard));
    }
    long bytes = (long) shards * rows * length;
    DatasetManifest.Split train = DatasetManifest.Split.of(schema.columns(), facts, bytes);
    DatasetManifest.of(schema, Map.of(DatasetSplit.TRAIN, train)).publish(storage, directory);
  }

  /** Steps of a row: all of a row's that is read as a whole, else as many as are wanted. */
  private int length(int tokens) {
    Feed feed = task().feed();
    return feed instanceof RowBatches
        ? settings.train().context()
        : feed instanceof SeriesWindows ? Math.max(tokens, settings.forecast().window()) : tokens;
  }

  /** A row whose sequences have that many steps. */
  private static Row row(Schema schema, int length, SplittableRandom random) {
    Map<String, Values> cells = new LinkedHashMap<>();
    for (Column column : schema.columns()) {
      cells.put(column.name(), cell(column, column.ragged() ? length : 1, random));
    }
    return new Row(cells);
  }

  private static Values cell(Column column, int steps, SplittableRandom random) {
    if (column.whole()) {
      return Ids.of(random.ints(steps, 0, column.size()).toArray());
    }
    int width = Math.max(1, column.size());
    float[] numbers = new float[steps * width];
    for (int i = 0; i < numbers.length; i++) {
      numbers[i] = (float) random.nextDouble(-1, 1);
    }
    return Numbers.of(width, numbers);
  }

  /** Uniform ids: the speed does not depend on what they say. */
  private record RandomBatches(Settings settings, Schema schema, Task task) implements BatchSource {
    @Override
    public long batchesPerEpoch() {
      return Long.MAX_VALUE;
    }

    @Override
    public Batch batch(long step) {
      SplittableRandom random = new SplittableRandom(step);
      int rows = settings.train().batch();
      int length = settings.train().context();
      if (task.feed() instanceof RowBatches feed) {
        List<Row> batch = new ArrayList<>();
        for (int row = 0; row < rows; row++) {
          batch.add(feed.preparation().prepare(row(schema, length, random), step, row));
        }
        return feed.batch(batch);
      }
      if (task.feed() instanceof SeriesWindows feed) {
        return windows(feed, rows, random);
      }
      int tokens = rows * length;
      int vocabulary = schema.column(Column.TEXT).size();
      int[] window = random.ints(tokens + 1L, 0, vocabulary).toArray();
      Ids inputs = Ids.full(Arrays.copyOf(window, tokens), length);
      Ids targets = Ids.full(Arrays.copyOfRange(window, 1, tokens + 1), length);
      return new Batch(
          Map.of(Column.TEXT, inputs, TokenStream.NEXT, targets), rows, tokens, step > 0);
    }

    private static Batch windows(SeriesWindows feed, int rows, SplittableRandom random) {
      Column column = Column.series(Column.SERIES, feed.channels());
      List<Row> windows = new ArrayList<>();
      for (int row = 0; row < rows; row++) {
        Numbers past = (Numbers) cell(column, feed.lookBack(), random);
        Numbers future = (Numbers) cell(column, feed.horizon(), random);
        windows.add(feed.window(past.values(), future.values(), new float[0]));
      }
      return feed.windows(windows);
    }
  }
}
