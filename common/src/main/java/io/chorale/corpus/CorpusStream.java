package io.chorale.corpus;

import io.chorale.config.ChoraleException;
import io.chorale.config.CorpusSettings;
import io.chorale.io.Storage;
import java.io.BufferedInputStream;
import java.io.Closeable;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.function.LongConsumer;
import java.util.function.LongSupplier;

/**
 * The bytes of a corpus file, unpacked, from a place on. The first bytes of a file are looked at
 * before any is given. What is wrong with the file itself is an {@link IOException}, which {@link
 * #rejection} puts into words; a file system that fails is a {@link ChoraleException}: there,
 * another try may succeed.
 */
final class CorpusStream implements Closeable {
  private static final int BUFFER = 1 << 16;

  /** Bytes that every packed file may unpack to, however small it is. */
  private static final long ALWAYS_ALLOWED = 1L << 30;

  private final CorpusFile file;
  private final InputStream in;
  private final LongSupplier end;

  /**
   * Opens a file; close it.
   *
   * @param split whose bytes are read, from the one before it on; beyond its end goes who reads on
   * @param progress is told how many stored bytes have been read since the last time
   * @throws IOException where the file is refused or damaged
   */
  CorpusStream(Storage storage, CorpusSplit split, CorpusSettings settings, LongConsumer progress)
      throws IOException {
    this.file = split.file();
    long from = from(split);
    boolean packed = file.compression() != CorpusFile.Compression.NONE;
    StoredBytes source = new StoredBytes(storage, file, progress);
    InputStream opened = source;
    try {
      source.seek(from);
      if (packed) {
        BufferedInputStream stored = new BufferedInputStream(source, BUFFER);
        byte[] head = head(stored);
        FirstBytes.checkPacked(head, head.length, file.compression());
        First first = new First(unpack(stored, file, settings), split.length());
        end = split.isStretch() ? first::end : () -> Long.MAX_VALUE;
        opened = new Limited(first, most(file.length(), settings));
      } else {
        end = () -> split.start() + split.length();
      }
      if (from > 0) {
        checkBegin(storage, file, settings);
      } else {
        BufferedInputStream text = new BufferedInputStream(opened, BUFFER);
        byte[] head = head(text);
        FirstBytes.checkText(
            head, head.length, file.format(), packed, Corpus.byFile(file, settings));
        opened = text;
      }
      this.in = opened;
    } catch (IOException | RuntimeException e) {
      closeAfter(opened, e);
      throw e;
    }
  }

  /** Refuses, whatever of the file is read, what its begin tells that it is. */
  private static void checkBegin(Storage storage, CorpusFile file, CorpusSettings settings)
      throws IOException {
    try (StoredBytes begin = new StoredBytes(storage, file, bytes -> {})) {
      byte[] head = begin.readNBytes(FirstBytes.COUNT);
      FirstBytes.checkText(head, head.length, file.format(), false, Corpus.byFile(file, settings));
    }
  }

  /**
   * The place of the first byte of a split that is read: the one before it tells what ends there.
   */
  static long from(CorpusSplit split) {
    return Math.max(0, split.start() - 1);
  }

  /**
   * The place in the unpacked file from which on documents are none of the split's. Of a stretch of
   * a packed file it is known as soon as bytes beyond it are given; until then it is the largest
   * number.
   */
  long end() {
    return end.getAsLong();
  }

  /** The bytes; a read that failed fails again. */
  InputStream bytes() {
    return in;
  }

  @Override
  public void close() {
    try {
      in.close();
    } catch (IOException e) {
      throw Storage.failure("close", file.path(), e);
    }
  }

  /**
   * What is set aside of a file that is refused or damaged.
   *
   * @param offset of what was being read
   * @param length of it, as far as it came
   * @param bytes of which the first are shown
   */
  static Rejection rejection(
      CorpusFile file, IOException why, long offset, long length, byte[] bytes, int held) {
    boolean refused = why instanceof RefusedFileException;
    long lost = Rejection.WHOLE;
    if (why instanceof DamagedFileException damage) {
      lost = damage.lost(file.length());
    }
    return Rejection.of(
            file.index(),
            offset,
            length,
            refused ? Rejection.Reason.REFUSED_FILE : Rejection.Reason.CORRUPT_FILE,
            bytes,
            0,
            held)
        .because(why.getMessage() == null ? why.toString() : why.getMessage(), lost);
  }

  /** Bytes to which so many packed ones may unpack. */
  static long most(long packed, CorpusSettings settings) {
    // As a double, so that it cannot overflow.
    return Math.max(ALWAYS_ALLOWED, (long) ((double) settings.maxUnpackRatio() * packed));
  }

  static RefusedFileException tooLarge(long most) {
    return new RefusedFileException(
        "it unpacks to more than %,d bytes, expected at most what corpus.max-unpack-ratio allows for its size. Leave it out, or raise corpus.max-unpack-ratio."
            .formatted(most));
  }

  /** The first bytes, which stay in the stream; fewer where the file ends or is damaged. */
  private static byte[] head(BufferedInputStream in) throws IOException {
    in.mark(FirstBytes.COUNT);
    byte[] head = new byte[FirstBytes.COUNT];
    int count = 0;
    try {
      int n = 0;
      while (n >= 0 && count < head.length) {
        count += n;
        n = in.read(head, count, head.length - count);
      }
    } catch (DamagedFileException e) {
      // Comes again where these bytes end.
    }
    in.reset();
    return count == head.length ? head : Arrays.copyOf(head, count);
  }

  private static PackedInput unpack(InputStream in, CorpusFile file, CorpusSettings settings)
      throws IOException {
    return file.compression() == CorpusFile.Compression.GZIP
        ? new GzipInput(in)
        : new ZstdInput(in, settings.maxZstdWindow());
  }

  private static void closeAfter(InputStream opened, Exception why) {
    try {
      opened.close();
    } catch (IOException e) {
      why.addSuppressed(e);
    }
  }

  /** A stream all of whose bytes are read by one method, which can watch them. */
  private abstract static class Watched extends FilterInputStream {
    Watched(InputStream in) {
      super(in);
    }

    @Override
    public final int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public abstract int read(byte[] bytes, int from, int length) throws IOException;
  }

  /** Notes how many bytes the first ones of a packed file unpack to. */
  private static final class First extends Watched {
    private final PackedInput packed;
    private final long border;
    private long given;
    private long end = Long.MAX_VALUE;

    /**
     * @param border the place in the packed file where the first bytes end
     */
    First(PackedInput packed, long border) {
      super(packed);
      this.packed = packed;
      this.border = border;
    }

    long end() {
      return end;
    }

    @Override
    public int read(byte[] bytes, int from, int length) throws IOException {
      long before = packed.place();
      int count = Math.max(0, in.read(bytes, from, length));
      long after = packed.place();
      if (end == Long.MAX_VALUE && after > border) {
        end = given + count * (border - before) / (after - before);
      }
      given += count;
      return count == 0 && length > 0 ? -1 : count;
    }

    @Override
    public int available() {
      return 0;
    }
  }

  /** Ends with a refusal where a file unpacks to more than is allowed. */
  private static final class Limited extends Watched {
    private final long most;
    private long left;

    Limited(InputStream in, long most) {
      super(in);
      this.most = most;
      this.left = most;
    }

    @Override
    public int read(byte[] bytes, int from, int length) throws IOException {
      int count = in.read(bytes, from, length);
      left -= Math.max(0, count);
      if (left < 0) {
        throw tooLarge(most);
      }
      return count;
    }

    @Override
    public int available() {
      return 0;
    }
  }
}
