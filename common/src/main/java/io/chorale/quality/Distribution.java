package io.chorale.quality;

import java.io.Serializable;
import java.util.Arrays;
import java.util.List;

/**
 * How a measure is distributed over documents: a histogram. Shares lie in bins of one twentieth, of
 * which the last takes all from 0.95 on; other numbers in the bin of 0 and those from a power of
 * two to below the next one.
 */
public final class Distribution implements Serializable {
  private static final long serialVersionUID = 1L;

  private static final int SHARES = 20;
  private static final int POWERS = Long.SIZE;

  private final Measure measure;
  private final long[] documents;

  /** Of no documents yet. */
  public Distribution(Measure measure) {
    this.measure = measure;
    this.documents = new long[measure.isShare() ? SHARES : POWERS];
  }

  /** Adds a document. */
  public void add(Counts counts) {
    documents[bin(measure.of(counts))]++;
  }

  private int bin(double value) {
    return measure.isShare()
        ? (int) Math.min(SHARES - 1, SHARES * value)
        : Long.SIZE - Long.numberOfLeadingZeros((long) value);
  }

  /** Adds those of other documents, of the same measure. */
  public void addAll(Distribution other) {
    Arrays.setAll(documents, i -> documents[i] + other.documents[i]);
  }

  /** The measure. */
  public Measure measure() {
    return measure;
  }

  /** How many documents lie in each bin, up to the last one that has any. */
  public List<Long> bins() {
    int count = documents.length;
    while (count > 0 && documents[count - 1] == 0) {
      count--;
    }
    return Arrays.stream(documents, 0, count).boxed().toList();
  }
}
