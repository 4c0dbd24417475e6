package io.chorale.corpus;

import java.io.IOException;

/** A file is not what its format promises; its message says what was found. */
final class DamagedFileException extends IOException {
  private static final long serialVersionUID = 1L;

  /** Where nobody knows how much is missing. */
  static final long CUT = -1;

  private final long from;
  private final boolean afterEnd;

  private DamagedFileException(String found, long from, boolean afterEnd) {
    super(found);
    this.from = from;
    this.afterEnd = afterEnd;
  }

  /**
   * Damage within.
   *
   * @param from the first stored byte that cannot be relied on
   */
  static DamagedFileException at(long from, String found) {
    return new DamagedFileException(found, from, false);
  }

  /** The file ends early. */
  static DamagedFileException cut(String found) {
    return new DamagedFileException(found, CUT, false);
  }

  /**
   * Something else follows what is whole.
   *
   * @param from the first stored byte of it
   */
  static DamagedFileException afterEnd(long from, String found) {
    return new DamagedFileException(found, from, true);
  }

  /** Stored bytes of a file of that length that are lost; {@link Rejection#WHOLE} if cut short. */
  long lost(long length) {
    return from == CUT ? Rejection.WHOLE : Math.max(0, length - from);
  }

  /** Whether all that was unpacked so far is whole, an unfinished line too. */
  boolean afterEnd() {
    return afterEnd;
  }
}
