package io.chorale.jobs.embed;

import io.chorale.config.Settings;
import io.chorale.data.Dataset;
import io.chorale.data.TokenStream;
import io.chorale.embed.SkipGram;
import io.chorale.embed.SkipGramTrainer;
import io.chorale.embed.WordCounts;
import io.chorale.io.Storage;
import io.chorale.jobs.round.TrainerSource;
import io.chorale.jobs.spark.SentSettings;
import io.chorale.jobs.spark.SharedTokenizer;
import io.chorale.train.LocalTrainer;
import org.apache.hadoop.fs.Path;
import org.apache.spark.broadcast.Broadcast;

/** Opens workers that train word vectors. */
final class SkipGramSource implements TrainerSource {
  private static final long serialVersionUID = 1L;

  private final SentSettings settings;
  private final Path data;
  private final SharedTokenizer tokenizer;
  private final Broadcast<WordCounts> counts;

  /**
   * @param data the dataset's directory, absolute: an executor has a working directory of its own
   * @param counts of its training split
   */
  SkipGramSource(
      Settings settings, Path data, SharedTokenizer tokenizer, Broadcast<WordCounts> counts) {
    this.settings = new SentSettings(settings);
    this.data = data;
    this.tokenizer = tokenizer;
    this.counts = counts;
  }

  @Override
  public LocalTrainer open(Storage storage, int[] shards) {
    return new SkipGramTrainer(
        skipGram(), feed().batches(dataset(storage), shards), settings.get().train());
  }

  /** The words and their rows. */
  SkipGram skipGram() {
    return counts.value().skipGram(settings.get(), tokenizer.get());
  }

  TokenStream feed() {
    return TokenStream.of(settings.get().train(), false);
  }

  Dataset dataset(Storage storage) {
    return Dataset.open(storage, data);
  }

  /** Blocks that an evaluation reads at a time. */
  int rows() {
    return settings.get().evaluate().batch();
  }
}
