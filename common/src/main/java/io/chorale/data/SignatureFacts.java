package io.chorale.data;

import java.io.Serializable;

/**
 * The manifest's entry for how the signatures of documents were made: only those of the same family
 * can be compared.
 *
 * @param words of an n-gram; 0 where there are no signatures
 * @param bands into which a signature is cut
 * @param rows hashes of a band
 * @param seed of the family of hash functions
 */
public record SignatureFacts(int words, int bands, int rows, long seed) implements Serializable {
  /** Of a dataset that has no signatures. */
  public static final SignatureFacts NONE = new SignatureFacts(0, 0, 0, 0);

  /** Hashes of a signature. */
  public int hashes() {
    return bands * rows;
  }
}
