package io.chorale.corpus;

import com.github.luben.zstd.Zstd;
import com.github.luben.zstd.ZstdDirectBufferDecompressingStreamNoFinalizer;
import com.github.luben.zstd.ZstdIOException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;

/**
 * Unpacks zstd frames (RFC 8878), one after the other, and tells damage from a file that ends
 * early, from something else after its end (zeros there are padding) and from a window that is
 * larger than allowed. (The library's input stream takes a later frame that is cut short for the
 * end of the file.) After a failure every read fails the same way.
 */
final class ZstdInput extends PackedInput {
  /**
   * A block gives nothing until all of it is there, and then all: where it ends is known as exactly
   * as the packed bytes are handed on in small portions.
   */
  private static final int PACKED = 1 << 11;

  private static final int UNPACKED = 1 << 17;

  private final InputStream in;
  private final long maxWindow;
  private final Source packed;
  private final Frames frames;
  private final ByteBuffer unpacked = ByteBuffer.allocateDirect(UNPACKED).limit(0);
  private IOException failure;

  // The place in the file from which on those bytes lie packed.
  private long begin;

  /**
   * @param maxWindow a power of two: bytes of the largest window that a frame may ask for
   */
  ZstdInput(InputStream in, long maxWindow) throws IOException {
    this.in = in;
    this.maxWindow = maxWindow;
    this.packed = new Source(in);
    this.frames = new Frames(packed);
    frames.setLongMax(Long.numberOfTrailingZeros(maxWindow));
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] bytes, int from, int length) throws IOException {
    if (failure != null) {
      throw failure;
    }
    try {
      begin = unpacked.hasRemaining() ? begin : packed.place();
      while (length > 0 && !unpacked.hasRemaining()) {
        if (!unpack()) {
          return -1;
        }
      }
    } catch (UncheckedIOException e) {
      throw e.getCause();
    } catch (DamagedFileException | RefusedFileException e) {
      failure = e;
      throw e;
    }
    int count = Math.min(length, unpacked.remaining());
    unpacked.get(bytes, from, count);
    return count;
  }

  @Override
  long place() {
    long length = packed.place() - begin;
    return unpacked.limit() == 0 ? begin : begin + length * unpacked.position() / unpacked.limit();
  }

  @Override
  public void close() throws IOException {
    frames.close();
    in.close();
  }

  /** Unpacks more, maybe nothing yet; false at the end of the file. */
  private boolean unpack() throws IOException {
    if (!frames.hasRemaining()) {
      return false;
    }
    unpacked.clear();
    int count;
    try {
      count = frames.read(unpacked);
    } catch (ZstdIOException e) {
      unpacked.limit(0);
      return failed(e);
    }
    unpacked.flip();
    if (count == 0 && packed.atEnd && !packed.buffer.hasRemaining() && frames.hasRemaining()) {
      throw DamagedFileException.cut("it ends early, after %,d bytes".formatted(packed.position));
    }
    return true;
  }

  private boolean failed(ZstdIOException e) throws IOException {
    long code = e.getErrorCode();
    if (code == Zstd.errFrameParameterWindowTooLarge()) {
      throw new RefusedFileException(
          "it was packed with a window larger than corpus.max-zstd-window allows (%d bytes), expected at most that. Raise corpus.max-zstd-window, up to 2147483648."
              .formatted(maxWindow));
    }
    if (code == Zstd.errMemoryAllocation()) {
      throw new RefusedFileException(
          "there is no memory for the window that it was packed with, expected up to %d bytes outside the Java heap. Run fewer tasks at a time on a machine, or pack the file with a smaller window."
              .formatted(maxWindow));
    }
    long from = packed.place();
    if (code == Zstd.errPrefixUnknown()) {
      if (from == 0) {
        throw DamagedFileException.at(0, "it does not begin as zstd does");
      }
      if (packed.onlyZerosLeft()) {
        return false;
      }
      throw DamagedFileException.afterEnd(from, "something else follows the end of its zstd data");
    }
    throw DamagedFileException.at(from, "its zstd data are damaged (" + e.getMessage() + ")");
  }

  /** The packed bytes, a buffer at a time. */
  private static final class Source {
    private final InputStream in;
    private final byte[] chunk = new byte[PACKED];
    private final ByteBuffer buffer = ByteBuffer.allocateDirect(PACKED).limit(0);
    // Bytes of the file that have come into the buffer.
    private long position;
    private boolean atEnd;

    Source(InputStream in) {
      this.in = in;
    }

    /** Of the first byte in the buffer, in the file. */
    long place() {
      return position - buffer.remaining();
    }

    void fill() {
      try {
        int count = in.read(chunk, 0, chunk.length);
        atEnd = count < 0;
        buffer.clear();
        buffer.put(chunk, 0, Math.max(0, count));
        buffer.flip();
        position += Math.max(0, count);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    boolean onlyZerosLeft() {
      do {
        while (buffer.hasRemaining()) {
          if (buffer.get() != 0) {
            return false;
          }
        }
        fill();
      } while (!atEnd);
      return true;
    }
  }

  /** The library's frames over that buffer. */
  private static final class Frames extends ZstdDirectBufferDecompressingStreamNoFinalizer {
    private final Source packed;

    Frames(Source packed) {
      super(packed.buffer);
      this.packed = packed;
    }

    @Override
    protected ByteBuffer refill(ByteBuffer empty) {
      packed.fill();
      return packed.buffer;
    }
  }
}
