package io.chorale.corpus;

import io.chorale.config.CorpusSettings;
import java.io.IOException;
import java.util.Arrays;

/**
 * The records of a FASTA file as bytes. A line that begins with {@code >} is the header of a
 * record, the lines after it are its sequence, and a line that begins with {@code ;} is a comment.
 * Line ends and white space belong to no sequence.
 */
final class FastaReader {
  private static final int HEADER = '>';
  private static final int COMMENT = ';';

  private final PlacedBytes bytes;
  private final CorpusSettings.LetterCase letters;
  private final int most;
  private boolean marked;

  private byte[] sequence = new byte[1 << 10];
  private int held;
  private long length;
  private final byte[] header = new byte[Rejection.EXCERPT_BYTES];
  private int headerHeld;
  private long start;

  /**
   * @param most bytes that are held of a sequence
   */
  FastaReader(PlacedBytes bytes, CorpusSettings.LetterCase letters, int most) {
    this.bytes = bytes;
    this.letters = letters;
    this.most = most;
  }

  /**
   * Leaves out comments and blank lines at the beginning of a file; false where something else than
   * a header follows.
   */
  boolean begin() throws IOException {
    marked = bytes.peek() == (FileDocuments.MARK[0] & 0xff);
    for (int i = 0; marked && i < FileDocuments.MARK.length; i++) {
      if (bytes.read() != (FileDocuments.MARK[i] & 0xff)) {
        return false;
      }
    }
    while (bytes.peek() >= 0 && bytes.peek() != HEADER) {
      if (bytes.peek() == COMMENT) {
        skipLine(Long.MAX_VALUE);
      } else if (!blankLine()) {
        return false;
      }
    }
    return true;
  }

  /** Leaves out all up to the next header, unless it stands beyond a place of the file. */
  void seek(long beyond) throws IOException {
    do {
      skipLine(beyond);
    } while (bytes.position() < beyond && bytes.peek() >= 0 && bytes.peek() != HEADER);
  }

  /** Where the next record begins in the file. */
  long position() {
    // A byte order mark is part of the first line.
    boolean first = marked && bytes.position() == FileDocuments.MARK.length;
    return first ? 0 : bytes.position();
  }

  /** Reads the next record; false at the end of the file. */
  boolean next() throws IOException {
    start = position();
    held = 0;
    length = 0;
    headerHeld = 0;
    if (bytes.peek() < 0) {
      bytes.checkEnd();
      return false;
    }
    readHeader();
    while (bytes.peek() >= 0 && bytes.peek() != HEADER) {
      if (bytes.peek() == COMMENT) {
        skipLine(Long.MAX_VALUE);
      } else {
        line();
      }
    }
    return true;
  }

  /** Where the record begins in the file. */
  long start() {
    return start;
  }

  /** Bytes of the sequence. */
  long length() {
    return length;
  }

  /** The sequence, from 0 to {@link #held()}; valid until the next call. */
  byte[] sequence() {
    return sequence;
  }

  /** Bytes of the sequence that are held: all of it where it is not too long. */
  int held() {
    return held;
  }

  /** The beginning of the header. */
  byte[] header() {
    return Arrays.copyOf(header, headerHeld);
  }

  private void readHeader() throws IOException {
    int value = bytes.read();
    while (value >= 0 && value != '\n') {
      if (headerHeld < header.length && value != '\r') {
        header[headerHeld++] = (byte) value;
      }
      value = bytes.read();
    }
  }

  private void line() throws IOException {
    int value = bytes.read();
    while (value >= 0 && value != '\n') {
      if (!isBlank(value)) {
        hold(value);
      }
      value = bytes.read();
    }
  }

  private void hold(int value) {
    length++;
    if (held == most) {
      return;
    }
    if (held == sequence.length) {
      sequence = Arrays.copyOf(sequence, (int) Math.min(most, 2L * held));
    }
    sequence[held++] =
        (byte)
            switch (letters) {
              case AS_IS -> value;
              case UPPER -> value >= 'a' && value <= 'z' ? value - 'a' + 'A' : value;
              case LOWER -> value >= 'A' && value <= 'Z' ? value - 'A' + 'a' : value;
            };
  }

  private void skipLine(long beyond) throws IOException {
    while (bytes.position() < beyond) {
      int value = bytes.read();
      if (value < 0 || value == '\n') {
        return;
      }
    }
  }

  private boolean blankLine() throws IOException {
    int value = bytes.read();
    while (value >= 0 && value != '\n') {
      if (!isBlank(value)) {
        return false;
      }
      value = bytes.read();
    }
    return true;
  }

  private static boolean isBlank(int value) {
    return value == ' ' || (value >= '\t' && value <= '\r');
  }
}
