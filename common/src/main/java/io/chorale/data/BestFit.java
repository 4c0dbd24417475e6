package io.chorale.data;

import java.util.Arrays;
import java.util.BitSet;

/**
 * Best-fit-decreasing bin packing: items go, from the longest to the shortest, each into the
 * fullest row that still has room for it, and into a new one where none has (Ding et al., "Fewer
 * truncations improve language modeling", ICML 2024, arXiv 2404.10830).
 *
 * <p>The lengths are bounded by the room of a row, so items are sorted by counting, and rows are
 * found by the room that they have left: O(n + r · T / 64) for n items in r rows of T.
 */
final class BestFit {
  private final int[] items; // row by row
  private final int[] begins; // of each row among them, and the end of the last

  private BestFit(int[] items, int[] begins) {
    this.items = items;
    this.begins = begins;
  }

  /**
   * Packs items.
   *
   * @param lengths of the items, each from 1 to {@code room}; of equally long ones the first in
   *     this order is placed first
   * @param room of a row
   */
  static BestFit of(int[] lengths, int room) {
    int[] order = longestFirst(lengths, room);
    int[] rowOf = new int[lengths.length];
    // The rows that have so much room left, as stacks: the latest of each, and the one below a row.
    int[] latest = new int[room + 1];
    int[] below = new int[lengths.length];
    BitSet left = new BitSet(room + 1);
    int rows = 0;
    for (int item : order) {
      int length = lengths[item];
      int fit = left.nextSetBit(length);
      int row;
      if (fit < 0) {
        row = rows++;
        fit = room;
      } else {
        row = latest[fit];
        latest[fit] = below[row];
        left.set(fit, below[row] >= 0);
      }
      rowOf[item] = row;
      int rest = fit - length;
      below[row] = left.get(rest) ? latest[rest] : -1;
      latest[rest] = row;
      left.set(rest);
    }
    return inRows(order, rowOf, rows);
  }

  private static int[] longestFirst(int[] lengths, int room) {
    int[] places = new int[room + 2]; // where the items of each length begin
    for (int length : lengths) {
      if (length < 1 || length > room) {
        throw new IllegalArgumentException(
            "items must be from 1 to %d long (got: %d)".formatted(room, length));
      }
      places[room - length + 1]++;
    }
    for (int i = 1; i < places.length; i++) {
      places[i] += places[i - 1];
    }
    int[] order = new int[lengths.length];
    for (int item = 0; item < lengths.length; item++) {
      order[places[room - lengths[item]]++] = item;
    }
    return order;
  }

  private static BestFit inRows(int[] order, int[] rowOf, int rows) {
    int[] begins = new int[rows + 1];
    for (int row : rowOf) {
      begins[row + 1]++;
    }
    for (int row = 0; row < rows; row++) {
      begins[row + 1] += begins[row];
    }
    int[] items = new int[order.length];
    int[] next = Arrays.copyOf(begins, rows);
    for (int item : order) {
      items[next[rowOf[item]]++] = item;
    }
    return new BestFit(items, begins);
  }

  /** Rows that are needed. */
  int rows() {
    return begins.length - 1;
  }

  /** The items of a row, the longest first. */
  int[] row(int row) {
    return Arrays.copyOfRange(items, begins[row], begins[row + 1]);
  }
}
