package io.chorale.corpus;

import java.io.IOException;
import java.io.InputStream;
import java.util.zip.CRC32;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;

/**
 * Unpacks gzip members (RFC 1952), one after the other, and tells damage from a file that ends
 * early and from something else after its end; zeros there are padding. (Java's own {@code
 * GZIPInputStream} takes damage after the first member for the end of the file.) After a failure
 * every read fails the same way.
 */
final class GzipInput extends PackedInput {
  private static final int DEFLATE = 8;
  private static final int HEADER_CHECKSUM = 2;
  private static final int EXTRA = 4;
  private static final int NAME = 8;
  private static final int COMMENT = 16;

  private final InputStream in;
  private final Inflater inflater = new Inflater(true);
  private final CRC32 checksum = new CRC32();
  private final byte[] packed = new byte[1 << 16];
  private int at;
  private int end;
  // Of the byte packed[end].
  private long position;
  private long member;
  private boolean inMember;
  private IOException failure;

  GzipInput(InputStream in) {
    this.in = in;
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
      return unpack(bytes, from, length);
    } catch (DamagedFileException e) {
      failure = e;
      throw e;
    }
  }

  @Override
  public void close() throws IOException {
    inflater.end();
    in.close();
  }

  private int unpack(byte[] bytes, int from, int length) throws IOException {
    while (length > 0) {
      if (!inMember && !beginMember()) {
        return -1;
      }
      int count;
      try {
        count = inflater.inflate(bytes, from, length);
      } catch (DataFormatException e) {
        throw DamagedFileException.at(
            place(), "its gzip data are damaged (" + e.getMessage() + ")");
      }
      if (count > 0) {
        checksum.update(bytes, from, count);
        return count;
      }
      if (inflater.finished()) {
        endMember();
      } else if (inflater.needsDictionary()) {
        throw DamagedFileException.at(place(), "its gzip data ask for a dictionary");
      } else {
        more();
        inflater.setInput(packed, at, end - at);
        at = end;
      }
    }
    return 0;
  }

  /** Reads the header of the next member; false at the end of the file. */
  private boolean beginMember() throws IOException {
    boolean first = position == 0;
    if (at == end && !fill()) {
      if (first) {
        throw DamagedFileException.cut("it is empty, expected gzip");
      }
      return false;
    }
    member = place();
    int magic = next();
    if (magic == 0 && !first) {
      skipPadding();
      return false;
    }
    if (magic != 0x1f || next() != 0x8b) {
      throw first
          ? DamagedFileException.at(0, "it does not begin as gzip does")
          : DamagedFileException.afterEnd(
              member, "something else follows the end of its gzip data");
    }
    if (next() != DEFLATE) {
      throw DamagedFileException.at(member, "its gzip data are packed by an unknown method");
    }
    int flags = next();
    // Time, hints, operating system.
    skip(6);
    if ((flags & EXTRA) != 0) {
      skip(next() | next() << 8);
    }
    for (int flag : new int[] {NAME, COMMENT}) {
      if ((flags & flag) != 0) {
        skipText();
      }
    }
    if ((flags & HEADER_CHECKSUM) != 0) {
      skip(2);
    }
    inflater.reset();
    checksum.reset();
    inMember = true;
    inflater.setInput(packed, at, end - at);
    at = end;
    return true;
  }

  private void endMember() throws IOException {
    at = end - inflater.getRemaining();
    long length = inflater.getBytesWritten() & 0xffffffffL;
    if (nextInt() != checksum.getValue() || nextInt() != length) {
      throw DamagedFileException.at(
          member, "its gzip data do not have the checksum that stands at their end");
    }
    inMember = false;
  }

  private void skipPadding() throws IOException {
    long from = place() - 1;
    while (at < end || fill()) {
      if (packed[at++] != 0) {
        throw DamagedFileException.afterEnd(
            from, "something else follows the end of its gzip data");
      }
    }
  }

  @Override
  long place() {
    return position - (inMember ? inflater.getRemaining() : end - at);
  }

  private void skip(int count) throws IOException {
    for (int i = 0; i < count; i++) {
      next();
    }
  }

  private void skipText() throws IOException {
    while (next() != 0) {}
  }

  private long nextInt() throws IOException {
    return next() | next() << 8 | next() << 16 | (long) next() << 24;
  }

  private int next() throws IOException {
    if (at == end) {
      more();
    }
    return packed[at++] & 0xff;
  }

  private void more() throws IOException {
    if (!fill()) {
      throw DamagedFileException.cut("it ends early, after %,d bytes".formatted(position));
    }
  }

  private boolean fill() throws IOException {
    at = 0;
    end = Math.max(0, in.read(packed, 0, packed.length));
    position += end;
    return end > 0;
  }
}
