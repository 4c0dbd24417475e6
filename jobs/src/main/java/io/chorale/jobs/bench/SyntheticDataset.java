package io.chorale.jobs.bench;

import io.chorale.config.DatasetSplit;
import io.chorale.config.Settings;
import io.chorale.config.TaskSettings;
import io.chorale.data.Batch;
import io.chorale.data.BatchSource;
import io.chorale.data.Column;
import io.chorale.data.Dataset;
import io.chorale.data.DatasetManifest;
import io.chorale.data.Ids;
import io.chorale.data.Schema;
import io.chorale.data.ShardFacts;
import io.chorale.data.ShardWriter;
import io.chorale.data.TokenStream;
import io.chorale.io.Checksums;
import io.chorale.io.Storage;
import io.chorale.task.Classification;
import io.chorale.task.Task;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.apache.hadoop.fs.Path;

/**
 * A dataset of random ids, and of random classes where the task needs them, for benchmarks, where
 * speed alone counts.
 *
 * @param settings whose task is to be measured
 * @param vocabulary V
 */
record SyntheticDataset(Settings settings, int vocabulary) {
  private static final int CLASSES = 2;

  private static final byte[] TOKENIZER = "{}".getBytes(StandardCharsets.UTF_8);

  /** What is learnt from it. */
  Task task() {
    return Task.of(settings, schema(), "a benchmark");
  }

  /** Tokens that are read for each prediction: all rows of a classification are equally long. */
  int tokensOfPrediction() {
    return labelled() ? settings.train().context() : 1;
  }

  private boolean labelled() {
    return settings.task().kind() == TaskSettings.Kind.CLASSIFICATION;
  }

  private Schema schema() {
    Schema text = Schema.text(vocabulary, Checksums.sha256(TOKENIZER));
    return labelled()
        ? new Schema(
            List.of(text.column(Column.TEXT), Column.label(Classification.LABEL, CLASSES)),
            text.facts())
        : text;
  }

  /** Batches without end, for a loop that needs no files. */
  BatchSource batches() {
    return new RandomBatches(
        settings.train().batch(), settings.train().context(), vocabulary, labelled());
  }

  /**
   * Writes a training split.
   *
   * @param tokens of each shard, at least
   */
  void write(Storage storage, Path directory, int shards, int tokens) {
    storage.publish(new Path(directory, Dataset.TOKENIZER), TOKENIZER);
    Schema schema = schema();
    int length = labelled() ? settings.train().context() : tokens;
    int rows = (tokens + length - 1) / length;
    List<ShardFacts> facts = new ArrayList<>();
    for (int shard = 0; shard < shards; shard++) {
      ShardWriter writer = new ShardWriter(schema.columns());
      SplittableRandom random = new SplittableRandom(shard);
      for (int row = 0; row < rows; row++) {
        writer.append(Column.TEXT, random.ints(length, 0, vocabulary).toArray(), 0, length);
        if (labelled()) {
          writer.append(Classification.LABEL, random.nextInt(CLASSES));
        }
        writer.endRow();
      }
      facts.add(writer.publish(storage, directory, DatasetSplit.TRAIN, shard));
    }
    long bytes = (long) shards * rows * length;
    DatasetManifest.Split train = DatasetManifest.Split.of(schema.columns(), facts, bytes);
    DatasetManifest.of(schema, Map.of(DatasetSplit.TRAIN, train)).publish(storage, directory);
  }

  /** Uniform ids: the speed does not depend on what they say. */
  private record RandomBatches(int rows, int length, int vocabulary, boolean labelled)
      implements BatchSource {
    @Override
    public long batchesPerEpoch() {
      return Long.MAX_VALUE;
    }

    @Override
    public Batch batch(long step) {
      SplittableRandom random = new SplittableRandom(step);
      int tokens = rows * length;
      int[] window = random.ints(tokens + 1L, 0, vocabulary).toArray();
      Ids inputs = Ids.full(Arrays.copyOf(window, tokens), length);
      if (labelled) {
        Ids labels = Ids.full(random.ints(rows, 0, CLASSES).toArray(), 1);
        return new Batch(
            Map.of(Column.TEXT, inputs, Classification.LABEL, labels), rows, rows, false);
      }
      Ids targets = Ids.full(Arrays.copyOfRange(window, 1, tokens + 1), length);
      return new Batch(
          Map.of(Column.TEXT, inputs, TokenStream.NEXT, targets), rows, tokens, step > 0);
    }
  }
}
