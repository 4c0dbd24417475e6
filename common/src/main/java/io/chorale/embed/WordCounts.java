package io.chorale.embed;

import io.chorale.checkpoint.RunDirectory;
import io.chorale.config.Settings;
import io.chorale.io.SealedJson;
import io.chorale.token.Tokenizer;
import io.chorale.vectors.Phrases;
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

  /** The trainer of these words and phrases. */
  public SkipGram skipGram(Settings settings, Tokenizer tokenizer) {
    return SkipGram.of(
        settings, tokenizer, counts, Phrases.of(tokenizer.vocabularySize(), phrases));
  }
}
