package io.chorale.duplicate;

import java.nio.ByteBuffer;

/** The MinHash signature of a text, from 0 to 2^61 - 2 each hash. */
public final class Signature {
  private final long[] hashes;

  Signature(long[] hashes) {
    this.hashes = hashes;
  }

  /** From its bytes, as {@link #bytes} gives them. */
  public static Signature of(byte[] bytes) {
    long[] hashes = new long[bytes.length / Long.BYTES];
    ByteBuffer.wrap(bytes).asLongBuffer().get(hashes);
    return new Signature(hashes);
  }

  /** The hashes, eight bytes each, most significant first. */
  public byte[] bytes() {
    ByteBuffer bytes = ByteBuffer.allocate(Long.BYTES * hashes.length);
    bytes.asLongBuffer().put(hashes);
    return bytes.array();
  }

  /**
   * The share of hashes in which two signatures agree: an unbiased estimate of the Jaccard
   * similarity s of their texts, with a variance of s (1 - s) / hashes.
   *
   * @param other of the same family, and as long
   * @throws IllegalArgumentException where it is not as long
   */
  public double similarity(Signature other) {
    if (hashes.length != other.hashes.length) {
      throw new IllegalArgumentException(
          "signatures of %d and of %d hashes cannot be compared"
              .formatted(hashes.length, other.hashes.length));
    }
    int equal = 0;
    for (int i = 0; i < hashes.length; i++) {
      if (hashes[i] == other.hashes[i]) {
        equal++;
      }
    }
    return (double) equal / hashes.length;
  }

  /** The hashes. */
  public long[] hashes() {
    return hashes.clone();
  }

  /** How many hashes there are. */
  int size() {
    return hashes.length;
  }

  long hash(int index) {
    return hashes[index];
  }
}
