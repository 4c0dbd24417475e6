package io.chorale.token;

import java.util.Arrays;

/**
 * The pairs of a {@link PairIndex}, the most frequent on top; of equally frequent ones the first by
 * their ids.
 *
 * <p>A binary heap. Counts may fall after a pair was pushed: a pair comes to the top by the count
 * of its push, and goes back by its count of now if that is less. So most falling counts cost
 * nothing.
 */
final class PairHeap {
  private final PairIndex index;
  private int[] pairs = new int[1 << 12];
  private long[] counts = new long[1 << 12]; // as of the push
  private int size;

  PairHeap(PairIndex index) {
    this.index = index;
  }

  /** Adds a pair, unless it does not occur. */
  void push(int pair) {
    if (index.count(pair) == 0) {
      return;
    }
    if (size == pairs.length) {
      int larger = Math.addExact(size, size >> 1);
      pairs = Arrays.copyOf(pairs, larger);
      counts = Arrays.copyOf(counts, larger);
    }
    place(size, pair, index.count(pair));
    up(size++);
  }

  /** Takes the most frequent pair out; -1 where there is none. */
  int pop() {
    while (size > 0) {
      int pair = pairs[0];
      long now = index.count(pair);
      if (now == counts[0]) {
        removeTop();
        return pair;
      }
      if (now == 0) {
        removeTop();
      } else {
        counts[0] = now;
        down();
      }
    }
    return -1;
  }

  private void removeTop() {
    size--;
    place(0, pairs[size], counts[size]);
    down();
  }

  private void up(int from) {
    int pair = pairs[from];
    long count = counts[from];
    int at = from;
    while (at > 0) {
      int parent = (at - 1) / 2;
      if (!precedes(pair, count, pairs[parent], counts[parent])) {
        break;
      }
      place(at, pairs[parent], counts[parent]);
      at = parent;
    }
    place(at, pair, count);
  }

  private void down() {
    int pair = pairs[0];
    long count = counts[0];
    int at = 0;
    while (2 * at + 1 < size) {
      int child = 2 * at + 1;
      if (child + 1 < size
          && precedes(pairs[child + 1], counts[child + 1], pairs[child], counts[child])) {
        child++;
      }
      if (!precedes(pairs[child], counts[child], pair, count)) {
        break;
      }
      place(at, pairs[child], counts[child]);
      at = child;
    }
    place(at, pair, count);
  }

  private void place(int at, int pair, long count) {
    pairs[at] = pair;
    counts[at] = count;
  }

  private boolean precedes(int pair, long count, int other, long otherCount) {
    return count != otherCount ? count > otherCount : index.isBefore(pair, other);
  }
}
