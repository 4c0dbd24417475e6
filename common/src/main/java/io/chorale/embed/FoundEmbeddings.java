package io.chorale.embed;

import io.chorale.checkpoint.RunDirectory;
import io.chorale.io.SealedJson;
import org.apache.hadoop.fs.Path;

/**
 * Which entries of a table have begun from word vectors: {@code embeddings.json} of a run, so that
 * a run that goes on needs the vectors no more.
 *
 * @param from where the vectors came from
 * @param sha256 of the vectors that were found, little-endian float32 in the order of the ids
 * @param entries that spell something, of all of the tokenizer
 * @param byNgrams found ones that are no words of the vectors, but have n-grams there
 * @param found ids, ascending
 */
public record FoundEmbeddings(String from, String sha256, int entries, int byNgrams, int[] found) {
  /** The name of the file. */
  public static final String FILE = "embeddings.json";

  private static final SealedJson JSON =
      new SealedJson("chorale-embeddings", 1, "train again in another run.path");

  /** The bytes of the file. */
  public byte[] write() {
    return JSON.write(this);
  }

  /** Those of a run. */
  public static FoundEmbeddings read(RunDirectory run) {
    return JSON.read(run.file(FILE), new Path(run.path(), FILE).toString(), FoundEmbeddings.class);
  }

  /** The share of entries that were found, for people. */
  public String coverage() {
    return "%s: %,d of %,d entries (%.1f %%)%s"
        .formatted(
            from,
            found.length,
            entries,
            100.0 * found.length / entries,
            byNgrams == 0 ? "" : ", %,d of them by n-grams".formatted(byNgrams));
  }
}
