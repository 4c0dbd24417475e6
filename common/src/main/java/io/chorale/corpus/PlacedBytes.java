package io.chorale.corpus;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;

/**
 * The bytes of a stream one by one, with their places in the file, a look at the next one, and a
 * way back.
 *
 * <p>What follows a whole packed file ends the bytes as the end of a file does, so that no last
 * record is lost by it; {@link #checkEnd} then tells.
 */
final class PlacedBytes {
  private final InputStream in;
  private final ByteBuffer buffer = ByteBuffer.allocate(1 << 16).limit(0);
  private ByteBuffer again = ByteBuffer.allocate(0);
  private long position;
  private DamagedFileException afterEnd;

  /**
   * @param in must be closed by who opened it
   * @param position of the stream's next byte in the file
   */
  PlacedBytes(InputStream in, long position) {
    this.in = in;
    this.position = position;
  }

  /** The next byte, which stays; -1 at the end. */
  int peek() throws IOException {
    ByteBuffer source = source();
    return source.hasRemaining() ? source.get(source.position()) & 0xff : -1;
  }

  /** Takes the next byte; -1 at the end. */
  int read() throws IOException {
    ByteBuffer source = source();
    if (!source.hasRemaining()) {
      return -1;
    }
    position++;
    return source.get() & 0xff;
  }

  /** Where the next byte stands in the file. */
  long position() {
    return position;
  }

  /** Gives back what was read last, to be read again. */
  void giveBack(byte[] bytes) {
    again = ByteBuffer.allocate(bytes.length + again.remaining()).put(bytes).put(again).flip();
    position -= bytes.length;
  }

  /** Fails where the bytes have ended, but not the file. */
  void checkEnd() throws DamagedFileException {
    if (afterEnd != null) {
      throw afterEnd;
    }
  }

  private ByteBuffer source() throws IOException {
    if (again.hasRemaining()) {
      return again;
    }
    if (!buffer.hasRemaining() && afterEnd == null) {
      buffer.clear().limit(0);
      buffer.limit(Math.max(0, fill()));
    }
    return buffer;
  }

  private int fill() throws IOException {
    try {
      return in.read(buffer.array(), 0, buffer.capacity());
    } catch (DamagedFileException e) {
      if (!e.afterEnd()) {
        throw e;
      }
      afterEnd = e;
      return 0;
    }
  }
}
