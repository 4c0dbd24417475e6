package io.chorale.corpus;

import java.io.Serializable;

/**
 * A range of bytes of a corpus file that one task reads: the documents that start in it. A file
 * that cannot be cut is one split.
 */
public final class CorpusSplit implements Serializable {
  private static final long serialVersionUID = 1L;

  private final CorpusFile file;
  private final long start;
  private final long length;

  CorpusSplit(CorpusFile file, long start, long length) {
    this.file = file;
    this.start = start;
    this.length = length;
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

  @Override
  public String toString() {
    return "%s[%d+%d]".formatted(file, start, length);
  }
}
