package io.chorale.corpus;

import com.fasterxml.jackson.annotation.JsonAutoDetect;
import com.fasterxml.jackson.annotation.JsonInclude;
import io.chorale.config.ChoraleException;
import io.chorale.config.SettingsException;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeMap;

/**
 * Counts documents and rejections of a corpus by reason. Counts of parts merge into those of the
 * whole, in any order.
 *
 * <p>Blank lines separate paragraphs in many a corpus, so {@link Rejection.Reason#EMPTY} is counted
 * but does not weigh against {@code corpus.max-rejected}, and neither does what the settings
 * reject. A damaged file is lost as a whole, and weighs by its bytes; its documents are counted as
 * {@linkplain Rejection.Reason#LOST lost}, once it is known.
 */
@JsonAutoDetect(
    fieldVisibility = JsonAutoDetect.Visibility.ANY,
    getterVisibility = JsonAutoDetect.Visibility.NONE)
@JsonInclude(JsonInclude.Include.NON_NULL)
public final class CorpusCounts implements Serializable {
  private static final long serialVersionUID = 1L;

  private long documents;
  private long bytes;
  private long faultyBytes;
  private long[] rejected = new long[Rejection.Reason.values().length];
  private long[] rejectedBytes = new long[Rejection.Reason.values().length];
  // The first of the documents that are rejected, for messages.
  private Fault first;
  private TreeMap<Integer, Fault> faultyFiles = new TreeMap<>();

  /** Counts one entry. */
  public void add(CorpusEntry entry) {
    if (!(entry instanceof Rejection rejection)) {
      documents++;
      bytes += entry.bytes();
      return;
    }
    rejected[rejection.reason().ordinal()]++;
    rejectedBytes[rejection.reason().ordinal()] += rejection.bytes();
    if (rejection.reason().ofFile()) {
      faultyFiles.merge(rejection.file(), Fault.of(rejection), Fault::merge);
    } else if (rejection.reason().weighs()) {
      faultyBytes += rejection.bytes();
      mergeFirst(Fault.of(rejection));
    }
  }

  /** Counts a document as rejected that was counted as accepted before. */
  public void setAside(Rejection rejection) {
    documents--;
    bytes -= rejection.bytes();
    add(rejection);
  }

  /** Counts documents as lost, with their file, that were counted as accepted before. */
  public void lose(long lost, long lostBytes) {
    documents -= lost;
    bytes -= lostBytes;
    rejected[Rejection.Reason.LOST.ordinal()] += lost;
    rejectedBytes[Rejection.Reason.LOST.ordinal()] += lostBytes;
  }

  /** Adds the counts of another part, and returns these. */
  public CorpusCounts merge(CorpusCounts other) {
    documents += other.documents;
    bytes += other.bytes;
    faultyBytes += other.faultyBytes;
    for (int i = 0; i < rejected.length; i++) {
      rejected[i] += other.rejected[i];
      rejectedBytes[i] += other.rejectedBytes[i];
    }
    if (other.first != null) {
      mergeFirst(other.first);
    }
    other.faultyFiles.forEach((file, fault) -> faultyFiles.merge(file, fault, Fault::merge));
    return this;
  }

  private void mergeFirst(Fault fault) {
    first = first == null ? fault : Fault.merge(first, fault);
  }

  /** Accepted documents. */
  public long documents() {
    return documents;
  }

  /** UTF-8 bytes of the accepted documents. */
  public long bytes() {
    return bytes;
  }

  /** Why a file could not be read as a whole; empty where it could. */
  public String damage(int file) {
    Fault fault = faultyFiles.get(file);
    return fault == null ? "" : fault.cause();
  }

  /** Documents rejected for that reason. */
  public long rejected(Rejection.Reason reason) {
    return rejected[reason.ordinal()];
  }

  /** Their bytes, as found. */
  public long rejectedBytes(Rejection.Reason reason) {
    return rejectedBytes[reason.ordinal()];
  }

  /** Rejected documents, but for blank ones and those that the settings reject. */
  public long faulty() {
    long sum = 0;
    for (Rejection.Reason reason : Rejection.Reason.values()) {
      sum += reason.weighs() ? rejected(reason) : 0;
    }
    return sum;
  }

  /** Whether neither a document was found nor anything that is wrong. */
  boolean hasNothing() {
    return documents + faulty() == 0 && faultyFiles.isEmpty();
  }

  /** Files that could not be read as a whole, by their places in the order of the corpus. */
  public SortedSet<Integer> damagedFiles() {
    return Collections.unmodifiableSortedSet(faultyFiles.navigableKeySet());
  }

  /**
   * Files that could not be read as a whole, and why: {@code file:/a.gz: it ends early}.
   *
   * @param files of the corpus, in its order
   */
  public List<String> damaged(List<CorpusFile> files) {
    List<String> damaged = new ArrayList<>();
    faultyFiles.forEach((file, fault) -> damaged.add(files.get(file) + ": " + fault.cause()));
    return damaged;
  }

  /**
   * Fails where a file is refused, nothing was accepted, or too much rejected.
   *
   * @param files of the corpus, in its order
   * @param maxRejected the share that may be rejected, from 0 to 1
   */
  public void check(List<CorpusFile> files, double maxRejected) {
    refuse(files);
    if (documents == 0) {
      throw new ChoraleException(
          "Cannot use the corpus: it holds no usable document (%s), expected at least one.%s Check corpus.paths and corpus.format."
              .formatted(this, example(files)));
    }
    checkShare(files, maxRejected);
  }

  /** As {@link #check}, but that nothing need be accepted: a dataset has documents already. */
  public void checkMore(List<CorpusFile> files, double maxRejected) {
    refuse(files);
    checkShare(files, maxRejected);
  }

  private void checkShare(List<CorpusFile> files, double maxRejected) {
    double share = faultyShare(files);
    if (share > maxRejected) {
      throw new ChoraleException(
          ("Cannot use the corpus: %.4f of it is rejected (%s), expected at most %s.%s Mend the"
                  + " corpus, or raise corpus.max-rejected to have that set aside under rejected/.")
              .formatted(share, this, maxRejected, example(files)));
    }
  }

  private void refuse(List<CorpusFile> files) {
    Map.Entry<Integer, Fault> refused = null;
    int more = -1;
    for (Map.Entry<Integer, Fault> entry : faultyFiles.entrySet()) {
      if (entry.getValue().refused()) {
        refused = refused == null ? entry : refused;
        more++;
      }
    }
    if (refused != null) {
      throw new SettingsException(
          "Cannot read corpus file %s: %s%s"
              .formatted(
                  files.get(refused.getKey()),
                  refused.getValue().cause(),
                  more > 0 ? " Refused beside it: %d more.".formatted(more) : ""));
    }
  }

  /**
   * The rejected share of the documents or of the bytes, whichever is more. A damaged file weighs
   * by its stored bytes; one that is cut short as much as a file of mean size at least, since
   * nobody knows how long it was.
   */
  private double faultyShare(List<CorpusFile> files) {
    double stored = files.stream().mapToLong(CorpusFile::length).sum();
    double mean = stored / Math.max(1, files.size());
    double lost = 0;
    for (Map.Entry<Integer, Fault> entry : faultyFiles.entrySet()) {
      double length = files.get(entry.getKey()).length();
      double weight = entry.getValue().cutShort() ? Math.max(length, mean) : length;
      lost += weight;
      stored += weight - length;
    }
    double lostShare = lost / Math.max(1, stored);
    double ofTheRest = (double) faultyBytes / Math.max(1, faultyBytes + bytes);
    double ofDocuments = (double) faulty() / Math.max(1, faulty() + documents);
    return Math.max(ofDocuments, lostShare + (1 - lostShare) * ofTheRest);
  }

  private String example(List<CorpusFile> files) {
    if (!faultyFiles.isEmpty()) {
      return " The first: " + faultyFiles.firstEntry().getValue().inWords(files) + ".";
    }
    return first == null ? "" : " The first: " + first.inWords(files) + ".";
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
