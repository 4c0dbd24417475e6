package io.chorale.jobs.train;

import io.chorale.config.DatasetSplit;
import io.chorale.config.Settings;
import io.chorale.data.Column;
import io.chorale.data.Dataset;
import io.chorale.data.DatasetManifest;
import io.chorale.data.Schema;
import io.chorale.data.ShardFacts;
import io.chorale.data.ShardWriter;
import io.chorale.io.Storage;
import io.chorale.task.Task;
import io.chorale.token.CharacterTrainer;
import io.chorale.token.Tokenizers;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.apache.hadoop.fs.Path;

/** Writes small datasets of invented ids that have something to learn. */
public final class TinyDataset {
  public static final int VOCABULARY = 12;

  private static final List<Column> COLUMNS = List.of(Column.ids(Column.TEXT, VOCABULARY));

  private TinyDataset() {}

  /** What a training on it learns. */
  public static Task task(Settings settings) {
    return Task.of(settings, Schema.text(VOCABULARY, ""), "a tiny dataset");
  }

  /** A training split with shards of these token counts, and a validation split of one shard. */
  public static void write(Storage storage, Path directory, int... shardTokens) {
    write(1000, storage, directory, shardTokens);
  }

  /** The same texts in documents of 1 to that many tokens. */
  static void writeDocuments(int longest, Storage storage, Path directory, int... shardTokens) {
    write('a', 1000, longest, storage, directory, shardTokens);
  }

  /**
   * As {@link #write(Storage, Path, int...)}.
   *
   * @param validationTokens of the validation shard
   */
  static void write(int validationTokens, Storage storage, Path directory, int... shardTokens) {
    write('a', validationTokens, Integer.MAX_VALUE, storage, directory, shardTokens);
  }

  /** As {@link #write(Storage, Path, int...)}, where the ids stand for letters from this one on. */
  static void writeLetters(char first, Storage storage, Path directory, int... shardTokens) {
    write(first, 1000, Integer.MAX_VALUE, storage, directory, shardTokens);
  }

  private static void write(
      char first,
      int validationTokens,
      int longest,
      Storage storage,
      Path directory,
      int... shardTokens) {
    byte[] tokenizer = tokenizer(first);
    storage.publish(new Path(directory, Dataset.TOKENIZER), tokenizer);
    List<ShardFacts> train = new ArrayList<>();
    for (int shard = 0; shard < shardTokens.length; shard++) {
      train.add(shard(storage, directory, DatasetSplit.TRAIN, shard, shardTokens[shard], longest));
    }
    ShardFacts validation =
        shard(storage, directory, DatasetSplit.VALIDATION, 0, validationTokens, longest);
    DatasetManifest.of(
            Schema.text(VOCABULARY, Tokenizers.fingerprint(tokenizer)),
            Map.of(
                DatasetSplit.TRAIN,
                DatasetManifest.Split.of(COLUMNS, train, 1),
                DatasetSplit.VALIDATION,
                DatasetManifest.Split.of(COLUMNS, List.of(validation), 900)))
        .publish(storage, directory);
  }

  private static byte[] tokenizer(char first) {
    Map<String, Long> counts = new HashMap<>();
    for (char letter = first; letter < first + VOCABULARY - 2; letter++) {
      counts.put(String.valueOf(letter), 100L - letter / 2);
    }
    return CharacterTrainer.train(counts, VOCABULARY);
  }

  private static ShardFacts shard(
      Storage storage, Path directory, DatasetSplit split, int shard, int tokens, int longest) {
    Random random = new Random(17L * shard + split.ordinal());
    int[] ids = new int[tokens];
    for (int i = 1; i < tokens; i++) {
      // Mostly a walk in steps of three, so that context helps.
      ids[i] = random.nextInt(5) == 0 ? random.nextInt(VOCABULARY) : (ids[i - 1] + 3) % VOCABULARY;
    }
    ShardWriter writer = new ShardWriter(COLUMNS);
    for (int from = 0, to; from < tokens; from = to) {
      to = longest < tokens ? Math.min(tokens, from + 1 + random.nextInt(longest)) : tokens;
      writer.append(Column.TEXT, ids, from, to);
      writer.endRow();
    }
    return writer.publish(storage, directory, split, shard);
  }
}
