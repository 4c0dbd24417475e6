package io.chorale.corpus;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The records of a CSV file (RFC 4180) as bytes, with their places, which libraries that decode
 * while they read do not tell. A record ends with a line, unless the line end stands in quotes; in
 * quotes two quotes are one.
 *
 * <p>A record that is no good is told of, and reading goes on with the next line. A quote that does
 * not close its field costs the line in which it stands, not those after it: they are read again,
 * where all of them are held. Their quotes were taken for doubled ones, so none of them holds a
 * line end and no line is read more than twice.
 */
final class CsvReader {
  /** What is wrong with a record. */
  enum Fault {
    NONE,
    /** Longer than what is held. */
    TOO_LONG,
    /** Quotes that do not close, or with something between them and the end of the field. */
    QUOTES,
    /** A quote after which more came than is held, and never another one. */
    UNCLOSED
  }

  private final PlacedBytes bytes;
  private final byte delimiter;
  private final int quote;
  private final int columns;
  private final int most;

  private byte[] record = new byte[1 << 10];
  private int held;
  private final List<Integer> ends = new ArrayList<>();
  private long start;
  private Fault fault;

  /**
   * @param quote a byte; -1 where there are no quotes
   * @param columns of a record, of which the last takes the rest of its line; 0: any number
   * @param most bytes that are held of a record
   */
  CsvReader(PlacedBytes bytes, byte delimiter, int quote, int columns, int most) {
    this.bytes = bytes;
    this.delimiter = delimiter;
    this.quote = quote;
    this.columns = columns;
    this.most = most;
  }

  /** The offset of the record in the file, in bytes. */
  long start() {
    return start;
  }

  /** Bytes of the record in the file, with its line end. */
  long length() {
    return bytes.position() - start;
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
    start = bytes.position();
    if (bytes.peek() < 0) {
      bytes.checkEnd();
      return false;
    }
    boolean ended = false;
    while (!ended) {
      ended = quote >= 0 && bytes.peek() == quote ? quoted() : plain();
    }
    return true;
  }

  /** Reads a field without quotes; true where the record has ended. */
  private boolean plain() throws IOException {
    while (true) {
      int value = bytes.read();
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
    int from = held;
    bytes.read();
    while (true) {
      int value = bytes.read();
      if (value < 0) {
        return broken(from);
      }
      if (value != quote) {
        hold(value);
      } else if (bytes.peek() == quote) {
        hold(bytes.read());
      } else {
        break;
      }
    }
    int value = bytes.read();
    if (value == '\r' && bytes.peek() == '\n') {
      value = bytes.read();
    }
    ends.add(held);
    if (value < 0 || value == '\n') {
      return true;
    }
    return (byte) value != delimiter && broken(from, (byte) quote, (byte) value);
  }

  /**
   * Ends the record, whose quotes do not close a field.
   *
   * @param from where the field begins in what is held
   * @param after what was read behind it; nothing where the file has ended
   */
  private boolean broken(int from, byte... after) throws IOException {
    if (fault == Fault.TOO_LONG) {
      fault = after.length == 0 ? Fault.UNCLOSED : fault;
      skipLine();
      return true;
    }
    fault = Fault.QUOTES;
    int line = from;
    while (line < held && record[line] != '\n') {
      line++;
    }
    if (line == held) {
      skipLine();
    } else {
      giveBack(line + 1, after);
      held = line;
    }
    return true;
  }

  /** Gives back the lines of a field from a place of what is held on. */
  private void giveBack(int from, byte[] after) {
    ByteArrayOutputStream lines = new ByteArrayOutputStream();
    for (int i = from; i < held; i++) {
      lines.write(record[i]);
      if ((record[i] & 0xff) == quote) {
        lines.write(quote);
      }
    }
    lines.writeBytes(after);
    bytes.giveBack(lines.toByteArray());
  }

  private boolean last() {
    return columns > 0 && ends.size() == columns - 1;
  }

  /** Takes the rest of a line, for who wants to see what was wrong in it. */
  private void skipLine() throws IOException {
    int value = bytes.read();
    while (value >= 0 && value != '\n') {
      hold(value);
      value = bytes.read();
    }
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
}
