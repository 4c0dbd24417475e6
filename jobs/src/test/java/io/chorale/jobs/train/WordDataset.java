package io.chorale.jobs.train;

import io.chorale.config.DatasetSplit;
import io.chorale.data.Column;
import io.chorale.data.Dataset;
import io.chorale.data.DatasetManifest;
import io.chorale.data.Schema;
import io.chorale.data.ShardFacts;
import io.chorale.data.ShardWriter;
import io.chorale.io.Storage;
import io.chorale.token.Tokenizer;
import io.chorale.token.Tokenizers;
import io.chorale.token.WordTrainer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.apache.hadoop.fs.Path;

/** A dataset of texts in each of which all words are of one of two kinds. */
public final class WordDataset {
  static final int WORDS = 30;

  /** With the unknown word and the end of a text. */
  static final int VOCABULARY = WORDS + 2;

  private WordDataset() {}

  /** A tokenizer of all of them. */
  public static byte[] tokenizer() {
    Map<String, Long> counts = new TreeMap<>();
    for (int word = 0; word < WORDS; word++) {
      counts.put(spelling(word), 100L);
    }
    return WordTrainer.train(counts, VOCABULARY);
  }

  /** Words of two kinds, by which they begin. */
  static String spelling(int word) {
    return (word % 2 == 0 ? "tier" : "ding") + word;
  }

  /**
   * Writes it.
   *
   * @param tokenizer of words
   * @param heldOut words of each text of the validation split
   * @param trainTexts texts of each training shard
   */
  public static void write(
      Storage storage, Path path, byte[] tokenizer, int heldOut, int... trainTexts) {
    storage.publish(new Path(path, Dataset.TOKENIZER), tokenizer);
    Tokenizer words = Tokenizers.load(tokenizer, "a test");
    List<Column> columns = List.of(Column.ids(Column.TEXT, words.vocabularySize()));
    List<ShardFacts> train = new ArrayList<>();
    for (int shard = 0; shard < trainTexts.length; shard++) {
      train.add(
          texts(columns, words, DatasetSplit.TRAIN, shard, trainTexts[shard], 12)
              .publish(storage, path, DatasetSplit.TRAIN, shard));
    }
    ShardFacts held =
        texts(columns, words, DatasetSplit.VALIDATION, 0, 20, heldOut)
            .publish(storage, path, DatasetSplit.VALIDATION, 0);
    DatasetManifest.of(
            Schema.text(words.vocabularySize(), Tokenizers.fingerprint(tokenizer)),
            Map.of(
                DatasetSplit.TRAIN,
                DatasetManifest.Split.of(columns, train, 1),
                DatasetSplit.VALIDATION,
                DatasetManifest.Split.of(columns, List.of(held), 900)))
        .publish(storage, path);
  }

  private static ShardWriter texts(
      List<Column> columns, Tokenizer words, DatasetSplit split, int shard, int texts, int length) {
    Random random = new Random(31L * shard + split.ordinal());
    ShardWriter writer = new ShardWriter(columns);
    for (int text = 0; text < texts; text++) {
      StringBuilder spelt = new StringBuilder();
      for (int i = 0; i < length; i++) {
        spelt.append(spelling(2 * random.nextInt(WORDS / 2) + text % 2)).append(' ');
      }
      int[] ids = words.ended(words.encode(spelt.toString()));
      writer.append(Column.TEXT, ids, 0, ids.length);
      writer.endRow();
    }
    return writer;
  }
}
