package io.chorale.corpus;

import io.chorale.config.ChoraleException;
import io.chorale.io.Storage;
import java.io.FilterInputStream;
import java.io.IOException;
import java.util.function.LongConsumer;
import org.apache.hadoop.fs.FSDataInputStream;

/**
 * The bytes of a corpus file as they are stored. A file system that fails throws no {@link
 * IOException} here, so that it is not taken for a damaged file.
 */
final class StoredBytes extends FilterInputStream {
  private final FSDataInputStream stored;
  private final CorpusFile file;
  private final LongConsumer progress;

  /**
   * Opens a file; close it.
   *
   * @param progress is told how many bytes have been read since the last time
   */
  StoredBytes(Storage storage, CorpusFile file, LongConsumer progress) {
    this(storage.open(file.path()), file, progress);
  }

  private StoredBytes(FSDataInputStream stored, CorpusFile file, LongConsumer progress) {
    super(stored);
    this.stored = stored;
    this.file = file;
    this.progress = progress;
  }

  void seek(long place) {
    try {
      stored.seek(place);
    } catch (IOException e) {
      throw failure(e);
    }
  }

  long place() {
    try {
      return stored.getPos();
    } catch (IOException e) {
      throw failure(e);
    }
  }

  @Override
  public int read() {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] bytes, int from, int length) {
    try {
      int count = in.read(bytes, from, length);
      progress.accept(Math.max(0, count));
      return count;
    } catch (IOException e) {
      throw failure(e);
    }
  }

  @Override
  public int available() {
    return 0;
  }

  @Override
  public boolean markSupported() {
    return false;
  }

  private ChoraleException failure(IOException cause) {
    return Storage.failure("read corpus file", file.path(), cause);
  }
}
