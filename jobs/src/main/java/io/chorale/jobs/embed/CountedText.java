package io.chorale.jobs.embed;

import io.chorale.checkpoint.RunDirectory;
import io.chorale.config.Settings;
import io.chorale.config.SettingsException;
import io.chorale.data.Column;
import io.chorale.data.Dataset;
import io.chorale.embed.SkipGramObjective;
import io.chorale.embed.WordCounts;
import io.chorale.io.Storage;
import io.chorale.token.Tokenizer;
import io.chorale.vectors.Phrases;
import java.util.Optional;
import java.util.function.IntPredicate;
import org.apache.spark.api.java.JavaSparkContext;

/**
 * The training text of word vectors, counted.
 *
 * @param tokenizer of words
 */
record CountedText(Tokenizer tokenizer, WordCounts counts) {
  /**
   * Counts the words of a dataset and finds its phrases, unless a run that goes on has them.
   *
   * @param begun the run, where it has a checkpoint
   * @throws SettingsException where the dataset has no text of words
   */
  static CountedText of(
      JavaSparkContext spark,
      Storage storage,
      Settings settings,
      Dataset dataset,
      Optional<RunDirectory> begun) {
    Tokenizer tokenizer = tokenizer(dataset);
    int unknown = tokenizer.unknown().orElseThrow();
    IntPredicate isWord = id -> id != unknown && id != tokenizer.endOfText();
    return new CountedText(
        tokenizer,
        begun
            .map(WordCounts::read)
            .orElseGet(
                () ->
                    new PhraseJob(spark, settings.vectors(), isWord)
                        .run(TrainingIds.of(storage, dataset))));
  }

  private static Tokenizer tokenizer(Dataset dataset) {
    String holder = "dataset " + dataset.directory();
    SkipGramObjective.text(dataset.schema(), holder);
    return dataset
        .tokenizer(Column.TEXT)
        .filter(found -> found.unknown().isPresent())
        .orElseThrow(
            () ->
                new SettingsException(
                    "Cannot use %s for word vectors: its tokenizer knows pieces or characters, expected words. Tokenize with tokenizer.kind: words."
                        .formatted(holder)));
  }

  /** What of its words is joined. */
  Phrases phrases() {
    return Phrases.of(tokenizer.vocabularySize(), counts.phrases());
  }

  /** Ids of words and of phrases. */
  int ids() {
    return counts.counts().length;
  }

  /**
   * What there are vectors of, for people.
   *
   * @param words that have vectors, phrases among them
   */
  String told(int words) {
    int phrases = phrases().size();
    return "%,d words%s"
        .formatted(
            words, phrases == 0 ? "" : " and phrases, of which %,d were found".formatted(phrases));
  }
}
