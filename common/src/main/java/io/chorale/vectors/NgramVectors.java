package io.chorale.vectors;

import io.chorale.io.FloatSlices;
import java.util.Optional;

/**
 * The vectors of buckets of character n-grams.
 *
 * @param ngrams that fall into the buckets
 * @param size numbers of a vector
 * @param rows a row a bucket, as {@link RowLayout} has them
 */
public record NgramVectors(Ngrams ngrams, int size, FloatSlices rows) {

  /** The places of the buckets' rows. */
  RowLayout layout() {
    return new RowLayout(ngrams.buckets(), size);
  }

  /** The mean of the vectors of a word's n-grams, [size]; none where it is too short for any. */
  public Optional<float[]> mean(String word) {
    int[] buckets = ngrams.of(word);
    if (buckets.length == 0) {
      return Optional.empty();
    }
    float[] sum = new float[size];
    float[] row = new float[size];
    for (int bucket : buckets) {
      layout().copy(rows, bucket, row);
      for (int k = 0; k < size; k++) {
        sum[k] += row[k];
      }
    }
    for (int k = 0; k < size; k++) {
      sum[k] *= 1f / buckets.length;
    }
    return Optional.of(sum);
  }
}
