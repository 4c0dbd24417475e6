package io.chorale.duplicate;

import java.io.Serializable;

/**
 * A set of n-grams by their hashes, with a bound on how many it holds: of more than these it keeps
 * every second one by hash, or every fourth, eighth and so on, as few as make the rest fit.
 *
 * <p>Which ones those are depends on the n-grams alone, neither on their order nor on how parts of
 * them were merged. An open hash table, filled to at most three quarters: 11 to 22 bytes an n-gram.
 */
public final class GramSet implements Serializable {
  private static final long serialVersionUID = 1L;
  private static final int FIRST_SLOTS = 1 << 4;

  private final int capacity;
  private long[] slots = new long[FIRST_SLOTS]; // 0 where empty
  private int size;
  private long every;

  /**
   * @param capacity the most n-grams, from 1 to 2^29
   */
  public GramSet(int capacity) {
    this(capacity, 1);
  }

  /**
   * A set that keeps every k-th n-gram from the beginning, as another one does.
   *
   * @param every a power of two
   */
  public GramSet(int capacity, long every) {
    this.capacity = capacity;
    this.every = every;
  }

  /**
   * Adds an n-gram.
   *
   * @param hash of {@link Shingles}
   */
  public void add(long hash) {
    long gram = gram(hash);
    if (!isKept(gram) || !put(gram)) {
      return;
    }
    while (size > capacity) {
      every *= 2;
      fill(slots.length);
    }
    if (size > slots.length / 4 * 3) {
      fill(Math.multiplyExact(slots.length, 2));
    }
  }

  /** Adds all that another set holds; where that keeps every k-th one, so does this. */
  public void addAll(GramSet other) {
    if (other.every > every) {
      every = other.every;
      fill(slots.length);
    }
    for (long gram : other.slots) {
      if (gram != 0) {
        add(gram);
      }
    }
  }

  /** Whether an n-gram is kept; that of the k-th ones which are not was added is not known. */
  public boolean contains(long hash) {
    long gram = gram(hash);
    return isKept(gram) && slots[find(gram)] != 0;
  }

  /** Whether an n-gram would be kept: one of the k-th ones that are looked for. */
  public boolean looksFor(long hash) {
    return isKept(gram(hash));
  }

  /** How many n-grams are kept. */
  public int size() {
    return size;
  }

  /** One of how many n-grams is looked for: 1, 2, 4 and so on. */
  public long every() {
    return every;
  }

  private static long gram(long hash) {
    return hash == 0 ? 1L << 63 : hash; // 0 is an empty slot
  }

  /** By the lowest bits, while the highest ones say the slot. */
  private boolean isKept(long gram) {
    return (gram & (every - 1)) == 0;
  }

  /** Puts all n-grams that are kept into a table of so many slots. */
  private void fill(int length) {
    long[] before = slots;
    slots = new long[length];
    size = 0;
    for (long gram : before) {
      if (gram != 0 && isKept(gram)) {
        put(gram);
      }
    }
  }

  private boolean put(long gram) {
    int slot = find(gram);
    if (slots[slot] != 0) {
      return false;
    }
    slots[slot] = gram;
    size++;
    return true;
  }

  /** The slot of an n-gram, or the empty one where it belongs. */
  private int find(long gram) {
    int slot = (int) (gram >>> Long.numberOfLeadingZeros(slots.length - 1L));
    while (slots[slot] != 0 && slots[slot] != gram) {
      slot = (slot + 1) & (slots.length - 1);
    }
    return slot;
  }
}
