package io.chorale.jobs.bench;

import io.chorale.config.DatasetSplit;
import io.chorale.data.Column;
import io.chorale.data.Dataset;
import io.chorale.data.DatasetManifest;
import io.chorale.data.Schema;
import io.chorale.data.ShardFacts;
import io.chorale.data.ShardWriter;
import io.chorale.io.Checksums;
import io.chorale.io.Storage;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.apache.hadoop.fs.Path;

/** A dataset of random ids for benchmarks, where speed alone counts. */
final class SyntheticDataset {
  private SyntheticDataset() {}

  /**
   * Writes a training split.
   *
   * @param tokens of each shard
   */
  static void write(Storage storage, Path directory, int vocabulary, int shards, int tokens) {
    byte[] tokenizer = "{}".getBytes(StandardCharsets.UTF_8);
    storage.publish(new Path(directory, Dataset.TOKENIZER), tokenizer);
    Schema schema = Schema.text(vocabulary, Checksums.sha256(tokenizer));
    List<ShardFacts> facts = new ArrayList<>();
    for (int shard = 0; shard < shards; shard++) {
      ShardWriter writer = new ShardWriter(schema.columns());
      int[] ids = new SplittableRandom(shard).ints(tokens, 0, vocabulary).toArray();
      writer.append(Column.TEXT, ids, 0, tokens);
      writer.endRow();
      facts.add(writer.publish(storage, directory, DatasetSplit.TRAIN, shard));
    }
    DatasetManifest.Split train =
        DatasetManifest.Split.of(schema.columns(), facts, (long) shards * tokens);
    DatasetManifest.of(schema, Map.of(DatasetSplit.TRAIN, train)).publish(storage, directory);
  }
}
