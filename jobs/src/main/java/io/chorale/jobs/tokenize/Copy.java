package io.chorale.jobs.tokenize;

import java.util.List;

/**
 * A document that does not stay, since another one does.
 *
 * @param ordinal its place among the documents of its part
 * @param file of the one that stays, by its place among those that the part names
 * @param offset of the one that stays in its file
 * @param near whether it is a near copy
 */
record Copy(int ordinal, int file, long offset, boolean near) {
  /** The columns of a table of copies. */
  static final List<String> COLUMNS = List.of("ordinal", "file", "offset", "near");

  /** What {@link #toRow} has made a row of. */
  static Copy of(long[] row) {
    return new Copy((int) row[0], (int) row[1], row[2], row[3] != 0);
  }

  /** In the order of {@link #COLUMNS}. */
  long[] toRow() {
    return new long[] {ordinal, file, offset, near ? 1 : 0};
  }
}
