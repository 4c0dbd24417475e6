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

  private CorpusSplit(CorpusFile file, long start, long length, boolean stretch) {
    this.file = file;
    this.start = start;
    this.length = length;
    this.stretch = stretch;
  }

  CorpusSplit(CorpusFile file, long start, long length) {
    this(file, start, length, false);
  }

  /** All of a file. */
  static CorpusSplit whole(CorpusFile file) {
    return new CorpusSplit(file, 0, file.length());
  }

  /**
   * A range of a file of which not all is read: of a packed file what its first bytes unpack to, of
   * Parquet the rows that would lie in it, were the rows of a row group of equal lengths.
   */
  static CorpusSplit stretch(CorpusFile file, long start, long length) {
    return new CorpusSplit(file, start, length, true);
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

  @Override
  public String toString() {
    return "%s[%d+%d]".formatted(file, start, length);
  }
}
