package io.chorale.duplicate;

import io.chorale.random.SplitMix64;
import java.io.Serializable;

/**
 * Cuts signatures into bands, so that texts which agree in all rows of one meet (locality-sensitive
 * hashing; Leskovec, Rajaraman and Ullman, "Mining of Massive Datasets", 3.4): two of similarity s
 * do with the probability 1 - (1 - s^rows)^bands.
 *
 * @param bands how many there are, at least 1
 * @param rows hashes of a band, at least 1
 */
public record Bands(int bands, int rows) implements Serializable {
  public Bands {
    if (bands < 1 || rows < 1) {
      throw new IllegalArgumentException(
          "%d bands of %d hashes: expected at least 1 of 1".formatted(bands, rows));
    }
  }

  /** Hashes that a signature needs. */
  public int hashes() {
    return bands * rows;
  }

  /** The probability that two texts of a Jaccard similarity meet in at least one band. */
  public double probability(double similarity) {
    return 1 - StrictMath.pow(1 - StrictMath.pow(similarity, rows), bands);
  }

  /**
   * The name of the bucket in which a text lies by one band; those of different bands, or scopes,
   * are different ones.
   *
   * @param signature of {@link #hashes} hashes at least
   * @param band from 0 to {@link #bands} - 1
   * @param scope texts of different scopes never meet
   */
  public long key(Signature signature, int band, long scope) {
    long key = SplitMix64.mix(SplitMix64.mix(scope) + band + 1);
    for (int row = 0; row < rows; row++) {
      key = SplitMix64.mix(key + signature.hash(band * rows + row));
    }
    return key;
  }
}
