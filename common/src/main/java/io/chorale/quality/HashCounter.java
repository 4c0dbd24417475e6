package io.chorale.quality;

import java.util.Arrays;

/**
 * Counts how often each 64-bit hash occurs: a table with open addressing and linear probing, made
 * once and used again for text after text. O(1) an addition; two contents with one hash count as
 * the same.
 */
final class HashCounter {
  private static final int LEAST = 64;

  private long[] keys = new long[LEAST];
  private int[] counts = new int[LEAST];
  private int mask;

  /** Forgets all, and makes room. */
  void clear(int most) {
    int capacity = LEAST;
    while (capacity < 2L * most && capacity < 1 << 30) {
      capacity *= 2;
    }
    if (capacity > keys.length) {
      keys = new long[capacity];
      counts = new int[capacity];
    } else {
      Arrays.fill(keys, 0, capacity, 0);
      Arrays.fill(counts, 0, capacity, 0);
    }
    mask = capacity - 1;
  }

  /** Counts a hash, and returns the slot that stays its own until all are forgotten. */
  int add(long hash) {
    long key = hash == 0 ? 1 : hash; // 0 marks a free slot
    int slot = (int) (key >>> 32) & mask;
    while (keys[slot] != key && keys[slot] != 0) {
      slot = (slot + 1) & mask;
    }
    keys[slot] = key;
    counts[slot]++;
    return slot;
  }

  /** Counts a hash, and says whether it occurred before. */
  boolean repeats(long hash) {
    return counts[add(hash)] > 1;
  }

  int count(int slot) {
    return counts[slot];
  }

  /** One step of the hash of a sequence; {@link #mix} ends it. */
  static long step(long hash, long next) {
    return (hash ^ next) * 0x9e3779b97f4a7c15L;
  }

  /** Spreads a hash over all 64 bits: the finaliser of SplitMix64. */
  static long mix(long hash) {
    long z = (hash ^ hash >>> 30) * 0xbf58476d1ce4e5b9L;
    z = (z ^ z >>> 27) * 0x94d049bb133111ebL;
    return z ^ z >>> 31;
  }

  /** The hash of a piece of a text. */
  static long hash(String text, int from, int to) {
    long hash = 1;
    for (int i = from; i < to; i++) {
      hash = step(hash, text.charAt(i));
    }
    return mix(hash);
  }
}
