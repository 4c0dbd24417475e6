package io.chorale.embed;

import io.chorale.io.FloatSlices;
import io.chorale.io.FloatVector;
import io.chorale.vectors.NgramVectors;
import io.chorale.vectors.Ngrams;
import io.chorale.vectors.RowLayout;
import io.chorale.vectors.Vocabulary;
import io.chorale.vectors.WordVectors;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * The rows that a skip-gram training moves: one a word, one a bucket of n-grams, one a word as
 * output. A word's vector is the mean of its rows of the first two kinds.
 */
final class SkipGramRows {
  private final Vocabulary vocabulary;
  private final Optional<Ngrams> ngrams;
  private final RowLayout layout;
  private final int stride;
  private final int rowsPerSlice;
  private final int[][] ofWords;

  SkipGramRows(Vocabulary vocabulary, int size, Optional<Ngrams> ngrams) {
    this.vocabulary = vocabulary;
    this.ngrams = ngrams;
    this.layout = new RowLayout(2L * vocabulary.size() + buckets(), size);
    this.stride = layout.stride();
    this.rowsPerSlice = layout.rowsPerSlice();
    this.ofWords =
        IntStream.range(0, vocabulary.size()).mapToObj(this::rowsOf).toArray(int[][]::new);
  }

  private int[] rowsOf(int word) {
    int[] found = ngrams.map(each -> each.of(vocabulary.spelling(word))).orElse(new int[0]);
    IntStream buckets = IntStream.of(found).map(bucket -> vocabulary.size() + bucket);
    return IntStream.concat(IntStream.of(word), buckets).toArray();
  }

  private int buckets() {
    return ngrams.map(Ngrams::buckets).orElse(0);
  }

  /** The places of all rows. */
  RowLayout layout() {
    return layout;
  }

  /** The rows whose mean is a word's vector: its own first; one may be there twice. */
  int[] of(int word) {
    return ofWords[word];
  }

  /** The row of a word as output. */
  int output(int word) {
    return vocabulary.size() + buckets() + word;
  }

  /** The first values: of all rows but those of outputs random ones. */
  FloatSlices first(long seed) {
    return new FirstRows(seed, layout, (long) vocabulary.size() + buckets());
  }

  /** The slice that a row lies in. */
  float[] slice(FloatSlices values, int row) {
    return values.slice(row / rowsPerSlice);
  }

  /** The index of a row's first float in its slice. */
  int at(int row) {
    return row % rowsPerSlice * stride;
  }

  /**
   * The vector of a word.
   *
   * @param into becomes the mean of its rows, [stride]
   */
  void mean(FloatSlices values, int word, float[] into) {
    int[] rows = ofWords[word];
    System.arraycopy(slice(values, rows[0]), at(rows[0]), into, 0, stride);
    if (rows.length == 1) {
      return;
    }
    for (int i = 1; i < rows.length; i++) {
      float[] slice = slice(values, rows[i]);
      int at = at(rows[i]);
      for (int k = 0; k < stride; k++) {
        into[k] += slice[at + k];
      }
    }
    float share = 1f / rows.length;
    for (int k = 0; k < stride; k++) {
      into[k] *= share;
    }
  }

  /** The vectors of all words: without n-grams in the values themselves, else in a copy. */
  WordVectors vectors(FloatSlices values) {
    int words = vocabulary.size();
    int size = layout.size();
    FloatSlices means = values;
    Optional<NgramVectors> others = Optional.empty();
    if (ngrams.isPresent()) {
      FloatVector copy = new FloatVector(new RowLayout(words, size).length());
      FloatVector buckets = new FloatVector(new RowLayout(buckets(), size).length());
      float[] row = new float[stride];
      for (int word = 0; word < words; word++) {
        mean(values, word, row);
        System.arraycopy(row, 0, slice(copy, word), at(word), stride);
      }
      for (int bucket = 0; bucket < buckets(); bucket++) {
        int from = words + bucket;
        System.arraycopy(slice(values, from), at(from), slice(buckets, bucket), at(bucket), stride);
      }
      means = copy;
      others = Optional.of(new NgramVectors(ngrams.get(), size, buckets));
    }
    return new WordVectors(vocabulary.spellings(), vocabulary.counts(), size, means, others);
  }
}
