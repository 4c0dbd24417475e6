package io.chorale.embed;

import io.chorale.checkpoint.RunDirectory;
import io.chorale.config.Settings;
import io.chorale.io.SealedJson;
import io.chorale.token.Tokenizer;
import org.apache.hadoop.fs.Path;

/**
 * How often each id of a tokenizer occurs in the training split: {@code counts.json} of a run, by
 * which its rows are those of words.
 *
 * @param counts by id
 */
public record WordCounts(long[] counts) {
  /** The name of the file. */
  public static final String FILE = "counts.json";

  private static final SealedJson JSON =
      new SealedJson("chorale-counts", 1, "train again in another run.path");

  /** The bytes of the file. */
  public byte[] write() {
    return JSON.write(this);
  }

  /** The counts of a run. */
  public static WordCounts read(RunDirectory run) {
    return JSON.read(run.file(FILE), new Path(run.path(), FILE).toString(), WordCounts.class);
  }

  /** The trainer of these words. */
  public SkipGram skipGram(Settings settings, Tokenizer tokenizer) {
    return SkipGram.of(settings, tokenizer, counts);
  }
}
