package io.chorale.corpus;

import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;

/**
 * Cuts a stream into lines that end with LF or CRLF. Holds at most a set number of bytes of a line,
 * and counts the rest.
 */
final class LineReader {
  private final InputStream in;
  private final int most;
  private final byte[] buffer = new byte[1 << 16];
  private int at;
  private int end;
  private long position;

  private byte[] line = new byte[256];
  private int held;
  private long length;
  private long start;
  private boolean ended;

  /**
   * @param position of the stream's next byte in the file
   * @param most bytes of a line that are held
   */
  LineReader(InputStream in, long position, int most) {
    this.in = in;
    this.position = position;
    this.most = most;
  }

  /**
   * Reads the next line; false at the end of the stream. Where reading fails, the accessors tell
   * what of the line had come until then.
   */
  boolean next() throws IOException {
    held = 0;
    length = 0;
    start = position;
    boolean carriageReturn = false;
    while (true) {
      if (at == end && !fill()) {
        return length > 0;
      }
      int feed = at;
      while (feed < end && buffer[feed] != '\n') {
        feed++;
      }
      int count = feed - at;
      if (count > 0) {
        hold(count);
        carriageReturn = buffer[feed - 1] == '\r';
      }
      position += count;
      at = feed;
      if (feed < end) {
        at++;
        position++;
        if (carriageReturn) {
          length--;
          held = (int) Math.min(held, length);
        }
        return true;
      }
    }
  }

  /** Reads all that is left as one line, be it empty; false when that has been done. */
  boolean all() throws IOException {
    held = 0;
    length = 0;
    start = position;
    if (ended) {
      return false;
    }
    while (at < end || fill()) {
      int count = end - at;
      hold(count);
      position += count;
      at = end;
    }
    ended = true;
    return true;
  }

  /** Leaves out what is left of a line, unless it goes on beyond a place of the file. */
  void skip(long beyond) throws IOException {
    while (position < beyond && (at < end || fill())) {
      position++;
      if (buffer[at++] == '\n') {
        return;
      }
    }
  }

  /** The line's bytes, from 0 to {@link #held()}; valid until the next call. */
  byte[] bytes() {
    return line;
  }

  /** Bytes that are held: all of the line where it is not too long. */
  int held() {
    return held;
  }

  /** Bytes of the line without its end. */
  long length() {
    return length;
  }

  /** Whether the line is longer than what is held. */
  boolean overlong() {
    return length > held;
  }

  /** Where the line begins in the file. */
  long start() {
    return start;
  }

  /** Where the next line begins in the file. */
  long position() {
    return position;
  }

  private void hold(int count) {
    length += count;
    int kept = Math.min(count, most - held);
    if (held + kept > line.length) {
      long size = Math.max(held + (long) kept, Math.min(most, 2L * line.length));
      line = Arrays.copyOf(line, (int) size);
    }
    System.arraycopy(buffer, at, line, held, kept);
    held += kept;
  }

  private boolean fill() throws IOException {
    at = 0;
    // Nothing is left of the buffer where reading fails.
    end = 0;
    end = Math.max(0, in.read(buffer, 0, buffer.length));
    return end > 0;
  }
}
