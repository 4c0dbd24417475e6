package io.chorale.data;

import io.chorale.config.DataSettings;
import io.chorale.config.DatasetSplit;
import io.chorale.io.Checksums;
import java.io.Serializable;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/**
 * The first 128 bits of the SHA-256 of a document's text or, where it has none, of its numbers. It
 * decides the document's split and its place among the shards, so both depend on the document
 * alone: not on file names, on the order of the corpus or on what else it holds. Equal documents
 * share a split.
 *
 * @param high the first eight bytes, which decide the split
 * @param low the next eight, which decide the place; independent of the split
 */
public record DocumentHash(long high, long low) implements Serializable {
  /** Ranges into which places are cut; what is counted per range is small enough to collect. */
  public static final int BUCKETS = 1 << 16;

  /** The hash of a text, in UTF-8. */
  public static DocumentHash of(String text) {
    return of(text.getBytes(StandardCharsets.UTF_8));
  }

  /** The hash of numbers, as they are stored. */
  public static DocumentHash of(float[] numbers) {
    ByteBuffer bytes =
        ByteBuffer.allocate(Float.BYTES * numbers.length).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asFloatBuffer().put(numbers);
    return of(bytes.array());
  }

  private static DocumentHash of(byte[] bytes) {
    ByteBuffer digest = ByteBuffer.wrap(Checksums.sha256().digest(bytes));
    return new DocumentHash(digest.getLong(), digest.getLong());
  }

  /**
   * The split of the document. The shares lie at the two ends of the hash's range, so that changing
   * one of them moves no document in or out of the other.
   */
  public DatasetSplit split(DataSettings settings) {
    double place = (high >>> 11) * 0x1p-53;
    if (place < settings.validation()) {
      return DatasetSplit.VALIDATION;
    }
    return place >= 1 - settings.test() ? DatasetSplit.TEST : DatasetSplit.TRAIN;
  }

  /**
   * What rows are ordered by, as a signed number; rows of equal documents by their position in the
   * corpus.
   */
  public long order() {
    return low ^ Long.MIN_VALUE;
  }

  /** The range in which the place lies, from 0 to {@link #BUCKETS} - 1, in the order of places. */
  public int bucket() {
    return (int) (low >>> 48);
  }
}
