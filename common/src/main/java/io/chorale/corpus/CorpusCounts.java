package io.chorale.corpus;

import io.chorale.config.ChoraleException;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;

/**
 * What a pass over the corpus found. Counts of parts merge into those of the whole, in any order.
 *
 * <p>Blank lines separate paragraphs in many a corpus, so {@link Rejection.Reason#EMPTY} is counted
 * but does not weigh against {@code corpus.max-rejected}.
 */
public final class CorpusCounts implements Serializable {
  private static final long serialVersionUID = 1L;

  private long documents;
  private long bytes;
  private final long[] rejected = new long[Rejection.Reason.values().length];

  /** Counts one entry. */
  public void add(CorpusEntry entry) {
    if (entry instanceof Rejection rejection) {
      rejected[rejection.reason().ordinal()]++;
    } else {
      documents++;
      bytes += entry.bytes();
    }
  }

  /** Adds the counts of another part, and returns these. */
  public CorpusCounts merge(CorpusCounts other) {
    documents += other.documents;
    bytes += other.bytes;
    for (int i = 0; i < rejected.length; i++) {
      rejected[i] += other.rejected[i];
    }
    return this;
  }

  /** Accepted documents. */
  public long documents() {
    return documents;
  }

  /** UTF-8 bytes of the accepted documents. */
  public long bytes() {
    return bytes;
  }

  /** Documents rejected for that reason. */
  public long rejected(Rejection.Reason reason) {
    return rejected[reason.ordinal()];
  }

  /** Rejected documents, blank ones aside. */
  public long faulty() {
    long sum = 0;
    for (long count : rejected) {
      sum += count;
    }
    return sum - rejected(Rejection.Reason.EMPTY);
  }

  /**
   * Fails where nothing was accepted, or too much rejected.
   *
   * @param maxRejected the accepted share of faulty documents, from 0 to 1
   */
  public void check(double maxRejected) {
    if (documents == 0) {
      throw new ChoraleException(
          "Cannot use the corpus: it holds no usable document (%s), expected at least one. Check corpus.paths and corpus.format."
              .formatted(this));
    }
    double share = (double) faulty() / (faulty() + documents);
    if (share > maxRejected) {
      throw new ChoraleException(
          ("Cannot use the corpus: %.4f of its documents are rejected (%s), expected at most %s."
                  + " Mend the corpus, or raise corpus.max-rejected to have them set aside under"
                  + " rejected/.")
              .formatted(share, this, maxRejected));
    }
  }

  /** For people: {@code 120 documents; rejected: 3 not-utf8, 1 too-long; 40 empty}. */
  @Override
  public String toString() {
    List<String> parts = new ArrayList<>();
    for (Rejection.Reason reason : Rejection.Reason.values()) {
      if (reason != Rejection.Reason.EMPTY && rejected(reason) > 0) {
        parts.add(rejected(reason) + " " + reason.key());
      }
    }
    return documents
        + " documents; rejected: "
        + (parts.isEmpty() ? "none" : String.join(", ", parts))
        + "; "
        + rejected(Rejection.Reason.EMPTY)
        + " empty";
  }
}
