package io.chorale.corpus;

import io.chorale.config.ChoraleException;
import io.chorale.config.CorpusSettings;
import io.chorale.io.Storage;
import java.io.Closeable;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Iterator;
import java.util.NoSuchElementException;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.io.compress.DecompressorStream;
import org.apache.hadoop.io.compress.zlib.BuiltInGzipDecompressor;

/**
 * The documents and rejections of a split of a text or JSON lines file, in order. A line belongs to
 * the split in which it starts, so that the splits of a file together hold each line once.
 *
 * <p>A packed file that is damaged ends with a rejection. A file system that fails is an exception:
 * there, another try may succeed. A byte order mark at the start of a file is dropped.
 */
public final class DocumentReader implements Iterator<CorpusEntry>, Closeable {
  private static final int BUFFER = 1 << 16;
  // In JSON a byte may take six, and other fields stand beside the text.
  private static final int JSON_EXPANSION = 6;
  private static final int JSON_EXTRA = 1 << 20;
  private static final byte[] MARK = {(byte) 0xef, (byte) 0xbb, (byte) 0xbf};

  private final CorpusSplit split;
  private final CorpusSettings settings;
  private final DocumentChecker checker;
  private final boolean byFile;
  private final InputStream in;
  private final LineReader lines;
  private boolean ended;
  private CorpusEntry next;

  /** Opens the file of a split, which must not be Parquet; close it. */
  public DocumentReader(Storage storage, CorpusSplit split, CorpusSettings settings) {
    this.split = split;
    this.settings = settings;
    this.checker = new DocumentChecker(settings);
    this.byFile = Corpus.byFile(split.file(), settings);
    CorpusFile file = split.file();
    if (file.format() == CorpusSettings.Format.PARQUET) {
      throw new IllegalArgumentException("Parquet is read by Spark (got: " + file + ")");
    }
    FSDataInputStream stored = storage.open(file.path());
    Source source = new Source(stored, file.path());
    // A line starts here only if the byte before ends one, so reading begins with that byte.
    long from = Math.max(0, split.start() - 1);
    InputStream opened = source;
    try {
      stored.seek(from);
      opened = unpack(source, file.compression());
      this.lines = byFile ? null : new LineReader(opened, from, mostHeld());
      this.in = opened;
      if (split.start() > 0) {
        lines.skip(split.start() + split.length());
      }
    } catch (IOException e) {
      closeAfter(opened, e);
      throw Storage.failure("read corpus file", file.path(), e);
    } catch (RuntimeException e) {
      closeAfter(opened, e);
      throw e;
    }
  }

  @Override
  public boolean hasNext() {
    if (next == null && !ended) {
      next = byFile ? wholeFile() : line();
      ended |= next == null;
    }
    return next != null;
  }

  @Override
  public CorpusEntry next() {
    if (!hasNext()) {
      throw new NoSuchElementException();
    }
    CorpusEntry entry = next;
    next = null;
    return entry;
  }

  @Override
  public void close() {
    try {
      in.close();
    } catch (IOException e) {
      throw Storage.failure("close", split.file().path(), e);
    }
  }

  private static void closeAfter(InputStream opened, Exception why) {
    try {
      opened.close();
    } catch (IOException e) {
      why.addSuppressed(e);
    }
  }

  private CorpusEntry line() {
    boolean packed = split.file().compression() != CorpusFile.Compression.NONE;
    if (!packed && lines.position() >= split.start() + split.length()) {
      return null;
    }
    try {
      if (!lines.next()) {
        return null;
      }
    } catch (IOException e) {
      return corrupt(lines.start(), lines.length(), lines.bytes(), lines.held());
    }
    int file = split.file().index();
    int from = lines.start() == 0 ? markLength(lines.bytes(), lines.held()) : 0;
    int count = lines.held() - from;
    if (lines.overlong()) {
      return Rejection.of(
          file,
          lines.start(),
          lines.length(),
          Rejection.Reason.TOO_LONG,
          lines.bytes(),
          from,
          count);
    }
    return split.file().format() == CorpusSettings.Format.JSONL
        ? checker.checkJson(file, lines.start(), lines.bytes(), from, count)
        : checker.checkText(file, lines.start(), lines.bytes(), from, count);
  }

  private CorpusEntry wholeFile() {
    ended = true;
    int file = split.file().index();
    byte[] bytes = new byte[0];
    long length = 0;
    try {
      bytes = in.readNBytes(mostHeld());
      length = bytes.length;
      byte[] rest = new byte[BUFFER];
      for (int n = in.read(rest); n >= 0; n = in.read(rest)) {
        length += n;
      }
    } catch (IOException e) {
      return corrupt(0, length, bytes, bytes.length);
    }
    int from = markLength(bytes, bytes.length);
    if (length > bytes.length) {
      return Rejection.of(
          file, 0, length, Rejection.Reason.TOO_LONG, bytes, from, bytes.length - from);
    }
    return checker.checkText(file, 0, bytes, from, bytes.length - from);
  }

  private Rejection corrupt(long offset, long length, byte[] bytes, int held) {
    ended = true;
    return Rejection.of(
        split.file().index(), offset, length, Rejection.Reason.CORRUPT_FILE, bytes, 0, held);
  }

  private int mostHeld() {
    long most = settings.maxDocumentBytes() + (long) MARK.length;
    if (split.file().format() == CorpusSettings.Format.JSONL) {
      most = JSON_EXPANSION * most + JSON_EXTRA;
    }
    return (int) Math.min(most, Integer.MAX_VALUE - 64);
  }

  private static int markLength(byte[] bytes, int held) {
    boolean marked =
        held >= MARK.length && bytes[0] == MARK[0] && bytes[1] == MARK[1] && bytes[2] == MARK[2];
    return marked ? MARK.length : 0;
  }

  /** Both accept several members or frames in a row, and nothing else after them. */
  private static InputStream unpack(InputStream in, CorpusFile.Compression compression)
      throws IOException {
    return switch (compression) {
      case NONE -> in;
      // Java's own GZIPInputStream takes damage after the first member for the end of the file.
      case GZIP -> new DecompressorStream(in, new BuiltInGzipDecompressor(), BUFFER);
      case ZSTD -> new ZstdInput(in);
    };
  }

  /** The stored bytes; tells a failing file system from a damaged file. */
  private static final class Source extends FilterInputStream {
    private final Path path;

    Source(InputStream in, Path path) {
      super(in);
      this.path = path;
    }

    @Override
    public int read() {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] bytes, int from, int length) throws ChoraleException {
      try {
        return in.read(bytes, from, length);
      } catch (IOException e) {
        throw Storage.failure("read corpus file", path, e);
      }
    }
  }
}
