package io.chorale.corpus;

import java.io.Serializable;

/**
 * A range of bytes of a corpus file that one task reads: the documents that start in it. A file
 * that cannot be cut is one split, or a {@linkplain #stretch stretch} at its begin.
 */
public final class CorpusSplit implements Serializable {
  private static final long serialVersionUID = 1L;

  private final CorpusFile file;
  private final long start;
  private final long length;
  private final boolean stretch;
  private final boolean first;

  private CorpusSplit(CorpusFile file, long start, long length, boolean stretch, boolean first) {
    this.file = file;
    this.start = start;
    this.length = length;
    this.stretch = stretch;
    this.first = first;
  }

  CorpusSplit(CorpusFile file, long start, long length) {
    this(file, start, length, false, start == 0);
  }

  /** All of a file. */
  static CorpusSplit whole(CorpusFile file) {
    return new CorpusSplit(file, 0, file.length());
  }

  /**
   * A range of a file of which not all is read: of a packed file what its first bytes unpack to, of
   * Parquet the rows that would lie in it, were the rows of a row group of equal lengths.
   *
   * @param first whether no other stretch of the file lies before it
   */
  static CorpusSplit stretch(CorpusFile file, long start, long length, boolean first) {
    return new CorpusSplit(file, start, length, true, first);
  }

  /** The file that the range is of. */
  public CorpusFile file() {
    return file;
  }

  /** The first byte of the range, in the file as stored. */
  public long start() {
    return start;
  }

  /** Bytes of the range, in the file as stored. */
  public long length() {
    return length;
  }

  /** Whether other ranges of the file may be read by nobody. */
  public boolean isStretch() {
    return stretch;
  }

  /** Whether it is who tells what is wrong with all of the file: no split lies before it. */
  public boolean isFirst() {
    return first;
  }

  @Override
  public String toString() {
    return "%s[%d+%d]".formatted(file, start, length);
  }
}
