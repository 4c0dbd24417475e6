package io.chorale.data;

import io.chorale.config.ChoraleException;
import io.chorale.io.ArrayContent;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;

/** Gathers the cells of a column, as they will lie in the shard. */
abstract sealed class ColumnWriter permits IdWriter, NumberWriter {
  private static final int FIRST_SIZE = 1 << 12;
  private static final int MOST = 1 << 30;

  final Column column;

  /** Numbers so far. */
  int count;

  private long[] offsets = new long[16];
  private int rows;
  private long longest;

  ColumnWriter(Column column) {
    this.column = column;
  }

  static ColumnWriter of(Column column) {
    return column.whole() ? new IdWriter(column) : new NumberWriter(column);
  }

  /** Goes on with the cell of the row. */
  abstract void append(Values cell);

  /** The array of the values, of that shape. */
  abstract ArrayContent values(String name, List<Long> shape);

  /** Ends the row. */
  final void endRow() {
    long numbers = count - offsets[rows] * column.width();
    long steps = numbers / column.width();
    if (steps < 1 || numbers % column.width() != 0 || (steps > 1 && !column.ragged())) {
      throw new IllegalStateException(
          "a row must have a cell of column %s in steps of %d numbers (got: %d)"
              .formatted(column.name(), column.width(), numbers));
    }
    if (rows + 2 > offsets.length) {
      offsets = Arrays.copyOf(offsets, 2 * offsets.length);
    }
    offsets[rows + 1] = offsets[rows] + steps;
    rows++;
    longest = Math.max(longest, steps);
  }

  /** Whether there are rows, and the last one was ended. */
  final boolean ended() {
    return rows > 0 && count == offsets[rows] * column.width();
  }

  /** Tokens or steps of all rows. */
  final long elements() {
    return offsets[rows];
  }

  /** Those of the longest row. */
  final long longest() {
    return longest;
  }

  /**
   * The same rows in another order.
   *
   * @param order which row is first, second, and so on
   * @param ends which of the rows, by their numbers so far, end a row; others go on in the next one
   */
  final ColumnWriter sorted(int[] order, BitSet ends) {
    ColumnWriter sorted = empty(count);
    for (int row : order) {
      int width = column.width();
      int from = (int) offsets[row] * width;
      sorted.append(this, from, (int) offsets[row + 1] * width);
      if (ends.get(row)) {
        sorted.endRow();
      }
    }
    return sorted;
  }

  /** A writer of the same column with room for so many numbers. */
  abstract ColumnWriter empty(int numbers);

  /** Goes on with numbers of another writer of the same kind, which were checked. */
  abstract void append(ColumnWriter from, int begin, int end);

  /** Adds the arrays of the column. */
  final void addTo(List<ArrayContent> arrays) {
    ShardArrays names = ShardArrays.of(column);
    if (column.ragged()) {
      arrays.add(ArrayContent.of(names.offsets(), Arrays.copyOf(offsets, rows + 1)));
    }
    arrays.add(values(names.values(), names.shape(elements())));
  }

  /** The size of an array that has room for more numbers. */
  final int sizeFor(int more, int size) {
    long needed = (long) count + more;
    if (needed > MOST) {
      throw new ChoraleException(
          "Cannot write shard: its column %s holds %d numbers or more, expected at most %d. Raise data.shards."
              .formatted(column.name(), needed, MOST));
    }
    return needed <= size
        ? size
        : (int) Math.min(MOST, Math.max(needed, Math.max(FIRST_SIZE, 2L * size)));
  }
}
