package io.chorale.corpus;

import io.chorale.io.Storage;
import java.io.Closeable;
import java.io.IOException;
import java.util.NoSuchElementException;

/** The documents of a file or of a part of it, found one after the other. */
abstract class FileDocuments implements DocumentReader {
  static final byte[] NOTHING = {};

  /** The byte order mark of UTF-8. */
  static final byte[] MARK = {(byte) 0xef, (byte) 0xbb, (byte) 0xbf};

  private final CorpusSplit split;
  private Closeable source;
  private boolean ended;
  private CorpusEntry next;

  FileDocuments(CorpusSplit split) {
    this.split = split;
  }

  /** Finds the next document or rejection; null where there is none. */
  abstract CorpusEntry find();

  /** The file that is read. */
  final CorpusFile file() {
    return split.file();
  }

  /** Takes what was opened, to close it in the end. */
  final <T extends Closeable> T closing(T opened) {
    source = opened;
    return opened;
  }

  /** Gives an entry after which nothing is looked for. */
  final CorpusEntry last(CorpusEntry entry) {
    ended = true;
    return entry;
  }

  /** Ends with what is wrong with all of the file, which the first of its splits alone tells. */
  final CorpusEntry ofFile(Rejection rejection) {
    return last(split.isFirst() ? rejection : null);
  }

  @Override
  public final boolean hasNext() {
    if (next == null && !ended) {
      next = find();
      ended |= next == null;
    }
    return next != null;
  }

  @Override
  public final CorpusEntry next() {
    if (!hasNext()) {
      throw new NoSuchElementException();
    }
    CorpusEntry entry = next;
    next = null;
    return entry;
  }

  @Override
  public final void close() {
    if (source != null) {
      try {
        source.close();
      } catch (IOException e) {
        throw Storage.failure("close", file().path(), e);
      }
    }
  }
}
