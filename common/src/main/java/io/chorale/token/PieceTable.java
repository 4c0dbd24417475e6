package io.chorale.token;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * The ids of pieces that were encoded lately: usual words come again and again. A cache in sets of
 * four, in which a new piece takes the place of each in turn, so that it is bounded whatever the
 * text is, and goes with the text.
 *
 * <p>Nearly all pieces of usual text have at most seven bytes and three ids. Such a one takes two
 * numbers, and a set of four lies in one line of the processor's memory. Others take eight numbers,
 * the bytes of the piece among them. Holds at most 65,536 and 32,768 in 3 MB, and the ids of those
 * that have more than six elsewhere. Not for use by several threads.
 */
final class PieceTable {
  static final int MOST_PIECES = 1 << 16;

  /** Bytes of the longest piece that it holds. */
  static final int LONGEST = 4 * Long.BYTES;

  private static final int WAYS = 4;
  private static final VarHandle LONGS =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  // A short entry: the bytes of the piece and, in the last one, how many; three ids, each plus one.
  private static final int SHORT_ENTRY = 2;
  private static final int SHORT = Long.BYTES - 1;
  private static final int ID_BITS = 21;
  private static final int ID_MASK = (1 << ID_BITS) - 1;

  // A long entry: how many bytes and ids the piece has, its bytes, two ids in each of the rest.
  private static final int LONG_ENTRY = 8;
  private static final int FIRST_IDS = 1 + LONGEST / Long.BYTES;
  private static final int NEAR_IDS = 2 * (LONG_ENTRY - FIRST_IDS);

  private final int shortSets;
  private final long[] shorts;
  private final int longSets;
  private final long[] longs;
  private final int[][] farIds;
  private int turn;

  /**
   * An empty table.
   *
   * @param most short pieces that it holds; a power of two
   */
  PieceTable(int most) {
    shortSets = Math.max(1, most / WAYS);
    shorts = new long[shortSets * WAYS * SHORT_ENTRY];
    longSets = Math.max(1, shortSets / 2);
    longs = new long[longSets * WAYS * LONG_ENTRY];
    farIds = new int[longSets * WAYS][];
  }

  /**
   * Writes the ids of a piece behind others.
   *
   * @param bytes in which it is
   * @param from where it begins, of at most {@link #LONGEST} bytes
   * @param ids with room for as many as the piece has bytes
   * @param at where the first one goes
   * @return how many it has; 0 where it is not in the table
   */
  int find(byte[] bytes, int from, int to, int[] ids, int at) {
    int length = to - from;
    long k0 = word(bytes, from, length);
    if (length <= SHORT) {
      long key = shortKey(k0, length);
      int first = shortSet(key);
      for (int entry = first; entry < first + WAYS * SHORT_ENTRY; entry += SHORT_ENTRY) {
        if (shorts[entry] == key) {
          return copy(shorts[entry + 1], ids, at);
        }
      }
    }
    long k1 = word(bytes, from + Long.BYTES, length - Long.BYTES);
    long k2 = word(bytes, from + 2 * Long.BYTES, length - 2 * Long.BYTES);
    long k3 = word(bytes, from + 3 * Long.BYTES, length - 3 * Long.BYTES);
    int first = longSet(length, k0, k1, k2, k3);
    for (int place = first; place < first + WAYS; place++) {
      int entry = place * LONG_ENTRY;
      long sizes = longs[entry];
      if ((int) sizes == length
          && longs[entry + 1] == k0
          && longs[entry + 2] == k1
          && longs[entry + 3] == k2
          && longs[entry + 4] == k3) {
        return copy(place, (int) (sizes >>> Integer.SIZE), ids, at);
      }
    }
    return 0;
  }

  private static int copy(long three, int[] ids, int at) {
    int count = 0;
    for (long left = three; left != 0; left >>>= ID_BITS) {
      ids[at + count++] = (int) (left & ID_MASK) - 1;
    }
    return count;
  }

  private int copy(int place, int count, int[] ids, int at) {
    if (count > NEAR_IDS) {
      System.arraycopy(farIds[place], 0, ids, at, count);
      return count;
    }
    int from = place * LONG_ENTRY + FIRST_IDS;
    for (int i = 0; i < count; i += 2) {
      long two = longs[from + i / 2];
      ids[at + i] = (int) two;
      if (i + 1 < count) {
        ids[at + i + 1] = (int) (two >>> Integer.SIZE);
      }
    }
    return count;
  }

  /**
   * Keeps the ids of a piece that was not found.
   *
   * @param bytes in which it is
   * @param from where it begins, of at most {@link #LONGEST} bytes
   * @param ids those of the piece from {@code at} on, {@code count} of them
   */
  void put(byte[] bytes, int from, int to, int[] ids, int at, int count) {
    int length = to - from;
    long k0 = word(bytes, from, length);
    long three = length <= SHORT ? three(ids, at, count) : 0;
    if (three != 0) {
      long key = shortKey(k0, length);
      int entry = free(shorts, shortSet(key), SHORT_ENTRY);
      shorts[entry] = key;
      shorts[entry + 1] = three;
      return;
    }
    long k1 = word(bytes, from + Long.BYTES, length - Long.BYTES);
    long k2 = word(bytes, from + 2 * Long.BYTES, length - 2 * Long.BYTES);
    long k3 = word(bytes, from + 3 * Long.BYTES, length - 3 * Long.BYTES);
    int entry = free(longs, longSet(length, k0, k1, k2, k3) * LONG_ENTRY, LONG_ENTRY);
    longs[entry] = (long) count << Integer.SIZE | length;
    longs[entry + 1] = k0;
    longs[entry + 2] = k1;
    longs[entry + 3] = k2;
    longs[entry + 4] = k3;
    boolean far = count > NEAR_IDS;
    farIds[entry / LONG_ENTRY] = far ? Arrays.copyOfRange(ids, at, at + count) : null;
    for (int i = 0; i < count && !far; i += 2) {
      long second = i + 1 < count ? ids[at + i + 1] : 0;
      longs[entry + FIRST_IDS + i / 2] = second << Integer.SIZE | ids[at + i];
    }
  }

  /** Up to three ids in one number; 0 where they do not go into one. */
  private static long three(int[] ids, int at, int count) {
    if (count * ID_BITS > Long.SIZE) {
      return 0;
    }
    long three = 0;
    for (int i = count - 1; i >= 0; i--) {
      if (ids[at + i] >= ID_MASK) {
        return 0;
      }
      three = three << ID_BITS | (ids[at + i] + 1);
    }
    return three;
  }

  /** The entry of a set that is free, or that has to go. */
  private int free(long[] entries, int set, int size) {
    for (int way = 0; way < WAYS; way++) {
      if (entries[set + way * size] == 0) {
        return set + way * size;
      }
    }
    return set + (turn++ & (WAYS - 1)) * size;
  }

  /** Eight bytes of a piece as a number, with zeros behind its end. */
  private static long word(byte[] bytes, int from, int left) {
    if (left <= 0) {
      return 0;
    }
    if (left >= Long.BYTES) {
      return (long) LONGS.get(bytes, from);
    }
    if (from + Long.BYTES <= bytes.length) {
      return (long) LONGS.get(bytes, from) & (-1L >>> (Long.SIZE - Byte.SIZE * left));
    }
    long word = 0;
    for (int i = left - 1; i >= 0; i--) {
      word = word << Byte.SIZE | (bytes[from + i] & 0xff);
    }
    return word;
  }

  private static long shortKey(long word, int length) {
    return word | (long) length << (Byte.SIZE * SHORT);
  }

  /** Where the set of a short piece begins. */
  private int shortSet(long key) {
    long mixed = key * 0x9e3779b97f4a7c15L;
    return ((int) (mixed >>> Integer.SIZE) & (shortSets - 1)) * WAYS * SHORT_ENTRY;
  }

  /** The first of the places of a long piece. */
  private int longSet(int length, long k0, long k1, long k2, long k3) {
    long mixed = (k0 ^ length) * 0x9e3779b97f4a7c15L;
    mixed = (mixed ^ mixed >>> 32 ^ k1) * 0x9e3779b97f4a7c15L;
    if (length > 2 * Long.BYTES) {
      mixed = (mixed ^ mixed >>> 32 ^ k2) * 0x9e3779b97f4a7c15L;
      mixed = (mixed ^ mixed >>> 32 ^ k3) * 0x9e3779b97f4a7c15L;
    }
    return ((int) (mixed >>> Integer.SIZE) & (longSets - 1)) * WAYS;
  }
}
