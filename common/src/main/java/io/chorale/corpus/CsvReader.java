package io.chorale.corpus;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The records of a CSV file (RFC 4180) as bytes, with their places, which libraries that decode
 * while they read do not tell. A record ends with a line, unless the line end stands in quotes; in
 * quotes two quotes are one.
 *
 * <p>A record that is no good is told of, and reading goes on with the next line.
 */
final class CsvReader {
  /** What is wrong with a record. */
  enum Fault {
    NONE,
    /** Longer than what is held. */
    TOO_LONG,
    /** Quotes that do not close, or with something between them and the end of the field. */
    QUOTES
  }

  private final InputStream in;
  private final byte delimiter;
  private final int quote;
  private final int columns;
  private final int most;

  private byte[] record = new byte[1 << 10];
  private int held;
  private final List<Integer> ends = new ArrayList<>();
  private final ByteBuffer buffer = ByteBuffer.allocate(1 << 16).limit(0);
  private long position;
  private long start;
  private Fault fault;

  /**
   * @param in must be closed by who opened it
   * @param quote a byte; -1 where there are no quotes
   * @param columns of a record, of which the last takes the rest of its line; 0: any number
   * @param most bytes that are held of a record
   */
  CsvReader(InputStream in, byte delimiter, int quote, int columns, int most) {
    this.in = in;
    this.delimiter = delimiter;
    this.quote = quote;
    this.columns = columns;
    this.most = most;
  }

  /** Where the record begins, in bytes of the file. */
  long start() {
    return start;
  }

  /** Bytes of the record in the file, with its line end. */
  long length() {
    return position - start;
  }

  /** What is wrong with it. */
  Fault fault() {
    return fault;
  }

  /** The fields of the record, without quotes; some of them where it has a fault. */
  List<byte[]> fields() {
    List<byte[]> fields = new ArrayList<>();
    int from = 0;
    for (int end : ends) {
      fields.add(Arrays.copyOfRange(record, from, end));
      from = end;
    }
    return fields;
  }

  /** The bytes of all fields. */
  byte[] bytes() {
    return Arrays.copyOf(record, held);
  }

  /** Reads a record; false where the file has ended. */
  boolean next() throws IOException {
    held = 0;
    ends.clear();
    fault = Fault.NONE;
    start = position;
    int next = peek();
    if (next < 0) {
      return false;
    }
    boolean ended = false;
    while (!ended) {
      ended = quote >= 0 && peek() == quote ? quoted() : plain();
    }
    return true;
  }

  /** Reads a field without quotes; true where the record has ended. */
  private boolean plain() throws IOException {
    while (true) {
      int value = read();
      if (value < 0 || value == '\n') {
        int from = ends.isEmpty() ? 0 : ends.get(ends.size() - 1);
        if (value == '\n' && held > from && record[held - 1] == '\r') {
          held--;
        }
        ends.add(held);
        return true;
      }
      if ((byte) value == delimiter && !last()) {
        ends.add(held);
        return false;
      }
      hold(value);
    }
  }

  /** Reads a field in quotes; true where the record has ended. */
  private boolean quoted() throws IOException {
    read();
    while (true) {
      int value = read();
      if (value < 0 || fault == Fault.TOO_LONG) {
        // What a quote that does not close swallows is lost; the rest is read from the next line.
        fault = Fault.QUOTES;
        return plain();
      }
      if (value != quote) {
        hold(value);
      } else if (peek() == quote) {
        hold(read());
      } else {
        break;
      }
    }
    int value = read();
    if (value == '\r' && peek() == '\n') {
      value = read();
    }
    ends.add(held);
    if (value < 0 || value == '\n') {
      return true;
    }
    if ((byte) value != delimiter) {
      fault = Fault.QUOTES;
      return plain();
    }
    return false;
  }

  private boolean last() {
    return columns > 0 && ends.size() == columns - 1;
  }

  private void hold(int value) {
    if (held == most) {
      fault = fault == Fault.NONE ? Fault.TOO_LONG : fault;
      return;
    }
    if (held == record.length) {
      record = Arrays.copyOf(record, (int) Math.min(most, 2L * held));
    }
    record[held++] = (byte) value;
  }

  private int peek() throws IOException {
    return fill() ? buffer.get(buffer.position()) & 0xff : -1;
  }

  private int read() throws IOException {
    if (!fill()) {
      return -1;
    }
    position++;
    return buffer.get() & 0xff;
  }

  private boolean fill() throws IOException {
    if (!buffer.hasRemaining()) {
      int count = in.read(buffer.array(), 0, buffer.capacity());
      buffer.clear().limit(Math.max(0, count));
    }
    return buffer.hasRemaining();
  }
}
