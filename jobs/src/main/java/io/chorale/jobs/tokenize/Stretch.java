package io.chorale.jobs.tokenize;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;

/**
 * Successive documents of a partition between which, in the order of the corpus, no other partition
 * has any.
 *
 * <p>Partitions of text files follow each other, so each is one stretch. Spark packs Parquet files
 * into partitions in an order of its own; then a stretch ends with its file.
 */
final class Stretch implements Serializable {
  private static final long serialVersionUID = 1L;

  private final int partition;
  private final int firstFile;
  private final long firstOffset;
  private int lastFile;
  private long lastOffset;
  private long tokens;
  private long bytes;

  private Stretch(int partition, EncodedDocument first) {
    this.partition = partition;
    this.firstFile = first.file();
    this.firstOffset = first.offset();
    this.lastFile = first.file();
    this.lastOffset = first.offset();
  }

  long tokens() {
    return tokens;
  }

  long bytes() {
    return bytes;
  }

  /**
   * The stretches of a partition, in its order.
   *
   * @param perFile whether a stretch ends with its file
   */
  static List<Stretch> of(int partition, Iterator<EncodedDocument> documents, boolean perFile) {
    List<Stretch> stretches = new ArrayList<>();
    Stretch current = null;
    while (documents.hasNext()) {
      EncodedDocument document = documents.next();
      if (current == null || !current.continuesWith(document, perFile)) {
        current = new Stretch(partition, document);
        stretches.add(current);
      }
      current.lastFile = document.file();
      current.lastOffset = document.offset();
      current.tokens += document.ids().length;
      current.bytes += document.bytes();
    }
    return stretches;
  }

  private boolean continuesWith(EncodedDocument document, boolean perFile) {
    return document.file() == lastFile
        ? document.offset() >= lastOffset
        : !perFile && document.file() > lastFile;
  }

  /**
   * Where in the stream of all tokens each stretch begins.
   *
   * @return for each partition, its stretches in its order
   */
  static long[][] starts(List<Stretch> stretches, int partitions) {
    List<List<Integer>> ofPartition = new ArrayList<>();
    for (int partition = 0; partition < partitions; partition++) {
      ofPartition.add(new ArrayList<>());
    }
    List<Integer> order = new ArrayList<>();
    for (int i = 0; i < stretches.size(); i++) {
      ofPartition.get(stretches.get(i).partition).add(i);
      order.add(i);
    }
    order.sort(
        Comparator.comparing((Integer i) -> stretches.get(i).firstFile)
            .thenComparing(i -> stretches.get(i).firstOffset));
    long[] start = new long[stretches.size()];
    long tokens = 0;
    Stretch before = null;
    for (int i : order) {
      Stretch stretch = stretches.get(i);
      if (before != null && !before.endsBefore(stretch)) {
        throw new IllegalStateException("stretches of the corpus overlap");
      }
      start[i] = tokens;
      tokens += stretch.tokens;
      before = stretch;
    }
    long[][] starts = new long[partitions][];
    for (int partition = 0; partition < partitions; partition++) {
      starts[partition] = ofPartition.get(partition).stream().mapToLong(i -> start[i]).toArray();
    }
    return starts;
  }

  private boolean endsBefore(Stretch next) {
    return lastFile < next.firstFile
        || (lastFile == next.firstFile && lastOffset < next.firstOffset);
  }

  /** Walks through a partition's documents a second time. */
  static final class Cursor {
    private final long[] starts;
    private final boolean perFile;
    private int number = -1;
    private Stretch current;

    /**
     * @param starts of the partition's stretches
     */
    Cursor(long[] starts, boolean perFile) {
      this.starts = starts;
      this.perFile = perFile;
    }

    /** Where the tokens of the next document begin in the stream of all tokens. */
    long place(EncodedDocument document) {
      if (current == null || !current.continuesWith(document, perFile)) {
        current = new Stretch(0, document);
        number++;
      }
      long place = starts[number] + current.tokens;
      current.lastFile = document.file();
      current.lastOffset = document.offset();
      current.tokens += document.ids().length;
      return place;
    }
  }
}
