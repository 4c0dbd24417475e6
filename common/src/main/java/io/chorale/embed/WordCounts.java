package io.chorale.embed;

import io.chorale.checkpoint.RunDirectory;
import io.chorale.config.ChoraleException;
import io.chorale.config.Settings;
import io.chorale.io.SealedJson;
import io.chorale.token.Tokenizer;
import io.chorale.vectors.Phrases;
import io.chorale.vectors.Vocabulary;
import java.io.Serializable;
import java.util.List;
import org.apache.hadoop.fs.Path;

/**
 * How often each word and phrase occurs in the training split: {@code counts.json} of a run, by
 * which its rows are those of words and phrases.
 *
 * @param counts by id; those of phrases behind those of the tokenizer. A word that is part of a
 *     phrase does not count
 * @param phrases the pairs that each pass joins, see {@link Phrases#of}
 */
public record WordCounts(long[] counts, int[][] phrases) implements Serializable {
  /** The name of the file. */
  public static final String FILE = "counts.json";

  private static final SealedJson JSON =
      new SealedJson(
          "chorale-counts",
          1,
          2,
          // Version 1 knew no phrases.
          List.of(
              counts -> {
                counts.putArray("phrases");
                return counts;
              }),
          "train again in another run.path");

  /** The bytes of the file. */
  public byte[] write() {
    return JSON.write(this);
  }

  /** The counts of a run. */
  public static WordCounts read(RunDirectory run) {
    return JSON.read(run.file(FILE), new Path(run.path(), FILE).toString(), WordCounts.class);
  }

  /**
   * Those of them that are frequent enough for a vector.
   *
   * @param tokenizer of words
   * @throws ChoraleException where there is none
   */
  public Vocabulary vocabulary(Settings settings, Tokenizer tokenizer) {
    int unknown = tokenizer.unknown().orElseThrow();
    Phrases joined = joined(tokenizer);
    return Vocabulary.of(
        counts,
        settings.vectors().minCount(),
        tokenizer.endOfText(),
        id -> id == unknown,
        id -> joined.spelling(id, word -> tokenizer.decode(new int[] {word})));
  }

  /**
   * The trainer of these words and phrases.
   *
   * @throws ChoraleException where fewer than two are frequent enough
   */
  public SkipGram skipGram(Settings settings, Tokenizer tokenizer) {
    return new SkipGram(
        SkipGramSettings.of(settings.vectors()),
        vocabulary(settings, tokenizer),
        joined(tokenizer),
        settings.train().seed());
  }

  private Phrases joined(Tokenizer tokenizer) {
    return Phrases.of(tokenizer.vocabularySize(), phrases);
  }
}
