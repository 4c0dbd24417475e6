package io.chorale.duplicate;

import io.chorale.random.SplitMix64;
import java.util.Arrays;

/**
 * Disjoint sets of ids that are joined by edges, with a bound on how many ids they hold; a set is
 * named by its least id.
 *
 * <p>Path halving (Tarjan and van Leeuwen, 1984) over an open hash table: O(log n) amortised an
 * edge. 24 to 48 bytes an id that there is room for.
 */
public final class UnionFind {
  private static final int NONE = -1;

  private final int capacity;
  private final long[] ids;
  private final int[] parents; // the slot of a smaller id of the set, or the slot itself
  private int size;

  /** Takes pairs of an id and the least id of its set. */
  @FunctionalInterface
  public interface Members {
    void accept(long id, long least);
  }

  /**
   * @param capacity the most ids, from 2 to 2^28
   */
  public UnionFind(int capacity) {
    this.capacity = capacity;
    int slots = Integer.highestOneBit(capacity * 2 - 1) * 2;
    ids = new long[slots];
    parents = new int[slots];
    clear();
  }

  /** Forgets all ids. */
  public void clear() {
    Arrays.fill(parents, NONE);
    size = 0;
  }

  /** Whether there is no room for an edge between two ids that are new. */
  public boolean full() {
    return size > capacity - 2;
  }

  /**
   * Joins the sets of two ids.
   *
   * @throws IllegalStateException where {@link #full}
   */
  public void join(long a, long b) {
    if (full()) {
      throw new IllegalStateException("%d of at most %d ids are there".formatted(size, capacity));
    }
    int rootOfA = root(slot(a));
    int rootOfB = root(slot(b));
    if (ids[rootOfA] < ids[rootOfB]) {
      parents[rootOfB] = rootOfA;
    } else {
      parents[rootOfA] = rootOfB;
    }
  }

  /** Tells every id that is not the least of its set, with the least one; in no certain order. */
  public void forEach(Members members) {
    for (int slot = 0; slot < ids.length; slot++) {
      if (parents[slot] != NONE && parents[slot] != slot) {
        members.accept(ids[slot], ids[root(slot)]);
      }
    }
  }

  private int root(int of) {
    int slot = of;
    while (parents[slot] != slot) {
      parents[slot] = parents[parents[slot]];
      slot = parents[slot];
    }
    return slot;
  }

  /** The slot of an id, which is put there if it is new. */
  private int slot(long id) {
    int slot = (int) SplitMix64.mix(id) & (ids.length - 1);
    while (parents[slot] != NONE) {
      if (ids[slot] == id) {
        return slot;
      }
      slot = (slot + 1) & (ids.length - 1);
    }
    ids[slot] = id;
    parents[slot] = slot;
    size++;
    return slot;
  }
}
