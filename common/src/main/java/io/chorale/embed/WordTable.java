package io.chorale.embed;

import io.chorale.config.EmbedSettings;
import io.chorale.config.EmbedSettings.Method;
import io.chorale.config.SettingsException;
import io.chorale.io.Checksums;
import io.chorale.io.FloatVector;
import io.chorale.task.WordMeans;
import io.chorale.vectors.NgramVectors;
import io.chorale.vectors.RowLayout;
import io.chorale.vectors.VectorTokenizer;
import io.chorale.vectors.WordVectors;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.HexFormat;

/**
 * Word vectors as {@link WordMeans} read them, each multiplied with the weight of its word.
 *
 * <p>Weights are 1, or those of smooth inverse frequency (Arora, Liang and Ma, "A simple but
 * tough-to-beat baseline for sentence embeddings", 2017): a / (a + f), where f is the word's share
 * of all words; 1 for words that have not been counted, which are rare.
 *
 * @param rows the words, then buckets of n-grams, as {@link RowLayout} has them
 * @param tokenizer that gives their places
 * @param means what is made of them
 */
public record WordTable(FloatVector rows, VectorTokenizer tokenizer, WordMeans means) {
  /**
   * The table that the settings ask for. Memory: a copy of the vectors.
   *
   * @throws SettingsException where words are to be weighed that nobody has counted
   */
  public static WordTable of(VectorSource source, EmbedSettings settings) {
    WordVectors vectors = source.vectors();
    int words = vectors.words().size();
    int buckets = vectors.ngrams().map(of -> of.ngrams().buckets()).orElse(0);
    RowLayout layout = new RowLayout((long) words + buckets, vectors.size());
    FloatVector rows = new FloatVector(layout.length());
    double[] weights = weights(source, settings);
    float[] row = new float[vectors.size()];
    for (int word = 0; word < words; word++) {
      vectors.copy(word, row);
      for (int k = 0; k < row.length; k++) {
        row[k] = (float) (weights[word] * row[k]);
      }
      put(rows, layout, word, row);
    }
    if (vectors.ngrams().isPresent()) {
      NgramVectors ngrams = vectors.ngrams().get();
      RowLayout of = new RowLayout(buckets, vectors.size());
      for (int bucket = 0; bucket < buckets; bucket++) {
        of.copy(ngrams.rows(), bucket, row);
        put(rows, layout, (long) words + bucket, row);
      }
    }
    return new WordTable(
        rows,
        new VectorTokenizer(vectors.words(), vectors.ngrams().map(NgramVectors::ngrams)),
        new WordMeans(words, buckets, vectors.size()));
  }

  private static void put(FloatVector rows, RowLayout layout, long place, float[] row) {
    int slice = (int) (place / layout.rowsPerSlice());
    int at = (int) (place % layout.rowsPerSlice()) * layout.stride();
    System.arraycopy(row, 0, rows.slice(slice), at, row.length);
  }

  private static double[] weights(VectorSource source, EmbedSettings settings) {
    double[] weights = new double[source.vectors().words().size()];
    Arrays.fill(weights, 1);
    if (settings.method() == Method.MEAN) {
      return weights;
    }
    long[] counts = source.vectors().counts();
    double total = Arrays.stream(counts).sum();
    if (total == 0) {
      throw new SettingsException(
          "Cannot weigh the words of %s by how frequent they are: nobody has counted them, expected counts as a run, safetensors and Parquet have. Choose another embed.from, or embed.method=mean."
              .formatted(source.name()));
    }
    for (int word = 0; word < weights.length; word++) {
      weights[word] = settings.sif() / (settings.sif() + counts[word] / total);
    }
    return weights;
  }

  /** SHA-256 of all that decides a text's vector. */
  public String fingerprint() {
    MessageDigest digest = Checksums.sha256();
    digest.update(tokenizer.write());
    for (int i = 0; i < rows.sliceCount(); i++) {
      float[] slice = rows.slice(i);
      ByteBuffer bytes =
          ByteBuffer.allocate(slice.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
      bytes.asFloatBuffer().put(slice);
      digest.update(bytes.array());
    }
    return HexFormat.of().formatHex(digest.digest());
  }
}
