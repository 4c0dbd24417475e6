package io.chorale.token;

import java.util.Arrays;

/**
 * Pairs of tokens, numbered from 0: how often each occurs, and where.
 *
 * <p>An open hash table over plain arrays. The places of a pair are a linked list in two arrays
 * that all pairs share; places that are taken are used again.
 */
final class PairIndex {
  private static final int NONE = -1;

  private int size;
  private long[] keys = new long[1 << 12]; // left id << 32 | right id
  private long[] counts = new long[1 << 12];
  private int[] firsts = new int[1 << 12]; // the first link of each pair
  private int[] table = emptyTable(1 << 14); // pairs by the hash of their keys

  private int[] places = new int[1 << 14];
  private int[] links = new int[1 << 14]; // the next link of a list
  private int linked;
  private int free = NONE;
  private int taken;

  /** The number of pairs that ever occurred. */
  int size() {
    return size;
  }

  int left(int pair) {
    return (int) (keys[pair] >>> 32);
  }

  int right(int pair) {
    return (int) keys[pair];
  }

  /** How often a pair occurs. */
  long count(int pair) {
    return counts[pair];
  }

  /** Which of two pairs has the smaller left id, or with equal left ids the smaller right id. */
  boolean isBefore(int pair, int other) {
    return keys[pair] < keys[other];
  }

  /** Notes occurrences of a pair at a place. */
  void add(int left, int right, long count, int place) {
    int pair = find(left, right);
    counts[pair] += count;
    int link = free;
    if (link != NONE) {
      free = links[link];
    } else {
      link = linked++;
      if (link == places.length) {
        int larger = larger(link);
        places = Arrays.copyOf(places, larger);
        links = Arrays.copyOf(links, larger);
      }
    }
    places[link] = place;
    links[link] = firsts[pair];
    firsts[pair] = link;
  }

  /** Takes occurrences of a pair away; the place stays in the list, out of date. */
  void subtract(int left, int right, long count) {
    int pair = find(left, right);
    counts[pair] -= count;
    if (counts[pair] == 0) {
      release(pair);
    }
  }

  /**
   * Takes all places of a pair out of the index, in ascending order.
   *
   * @param into used for the places if it is long enough
   * @return an array whose first {@link #taken} elements are the places
   */
  int[] take(int pair, int[] into) {
    int[] found = into;
    taken = 0;
    for (int link = firsts[pair]; link != NONE; link = links[link]) {
      if (taken == found.length) {
        found = Arrays.copyOf(found, larger(taken));
      }
      found[taken++] = places[link];
    }
    release(pair);
    Arrays.sort(found, 0, taken);
    return found;
  }

  /** How many places {@link #take} has found. */
  int taken() {
    return taken;
  }

  private void release(int pair) {
    int first = firsts[pair];
    if (first == NONE) {
      return;
    }
    int last = first;
    while (links[last] != NONE) {
      last = links[last];
    }
    links[last] = free;
    free = first;
    firsts[pair] = NONE;
  }

  private int find(int left, int right) {
    long key = (long) left << 32 | right;
    int slot = slot(key);
    while (table[slot] != NONE) {
      if (keys[table[slot]] == key) {
        return table[slot];
      }
      slot = (slot + 1) & (table.length - 1);
    }
    if (size == keys.length) {
      int larger = larger(size);
      keys = Arrays.copyOf(keys, larger);
      counts = Arrays.copyOf(counts, larger);
      firsts = Arrays.copyOf(firsts, larger);
    }
    int pair = size++;
    keys[pair] = key;
    firsts[pair] = NONE;
    table[slot] = pair;
    if (size > table.length / 2) {
      rehash();
    }
    return pair;
  }

  private void rehash() {
    table = emptyTable(Math.multiplyExact(table.length, 2));
    for (int pair = 0; pair < size; pair++) {
      int slot = slot(keys[pair]);
      while (table[slot] != NONE) {
        slot = (slot + 1) & (table.length - 1);
      }
      table[slot] = pair;
    }
  }

  private int slot(long key) {
    long mixed = key * 0x9E3779B97F4A7C15L;
    return (int) (mixed >>> 32 ^ mixed >>> 48) & (table.length - 1);
  }

  private static int[] emptyTable(int length) {
    int[] table = new int[length];
    Arrays.fill(table, NONE);
    return table;
  }

  private static int larger(int length) {
    return (int) Math.min(length + (length >> 1) + 16L, Integer.MAX_VALUE - 8);
  }
}
