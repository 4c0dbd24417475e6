package io.chorale.vectors;

import io.chorale.io.FloatSlices;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * Words with a vector each, and where they have been counted with their counts. Immutable as long
 * as the values are.
 */
public final class WordVectors {
  private final List<String> words;
  private final long[] counts;
  private final RowLayout layout;
  private final FloatSlices rows;
  private final Optional<NgramVectors> ngrams;
  private final Map<String, Integer> places;

  /**
   * Vectors in the first rows of some values.
   *
   * @param words a row each, in the order of the rows
   * @param counts of the words; empty where nobody has counted
   * @param size numbers of a vector
   * @param rows at least as many as words, as {@link RowLayout} has them
   * @param ngrams for the vectors of other words
   */
  public WordVectors(
      List<String> words,
      long[] counts,
      int size,
      FloatSlices rows,
      Optional<NgramVectors> ngrams) {
    this.words = List.copyOf(words);
    this.counts = counts.clone();
    this.layout = new RowLayout(words.size(), size);
    this.rows = rows;
    this.ngrams = ngrams;
    if (counts.length != 0 && counts.length != words.size() || rows.length() < layout.length()) {
      throw new IllegalArgumentException(
          "%d words must have a count and a row each (got: %d counts, %d elements)"
              .formatted(words.size(), counts.length, rows.length()));
    }
    places = new HashMap<>();
    for (int i = 0; i < words.size(); i++) {
      places.putIfAbsent(words.get(i), i);
    }
  }

  /** All words, in the order of their vectors. */
  public List<String> words() {
    return words;
  }

  /** How often each word occurs; empty where nobody has counted. */
  public long[] counts() {
    return counts.clone();
  }

  /** Numbers of a vector. */
  public int size() {
    return layout.size();
  }

  /** The vectors of n-grams. */
  public Optional<NgramVectors> ngrams() {
    return ngrams;
  }

  /** The place of a word; none where it has no vector of its own. */
  public OptionalInt find(String word) {
    Integer place = places.get(word);
    return place == null ? OptionalInt.empty() : OptionalInt.of(place);
  }

  /** Copies the vector at a place, [size], to the beginning of an array. */
  public void copy(int place, float[] into) {
    layout.copy(rows, place, into);
  }

  /** The vector of a word: its own, else the mean of its n-grams'; none where there are none. */
  public Optional<float[]> vector(String word) {
    OptionalInt place = find(word);
    if (place.isEmpty()) {
      return ngrams.flatMap(vectors -> vectors.mean(word));
    }
    float[] vector = new float[size()];
    copy(place.getAsInt(), vector);
    return Optional.of(vector);
  }
}
