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
 * <p>An entry is eight numbers side by side, the bytes of the piece among them: to find one is to
 * read one place of memory. Holds at most 65,536 pieces of at most 32 bytes in 4 MB, and the ids of
 * those that have more than six elsewhere. Not for use by several threads.
 */
final class PieceTable {
  static final int MOST_PIECES = 1 << 16;

  /** Bytes of the longest piece that it holds. */
  static final int LONGEST = 4 * Long.BYTES;

  private static final int WAYS = 4;
  private static final VarHandle LONGS =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  // An entry: how many bytes and ids the piece has, its bytes, two ids in each of the rest.
  private static final int ENTRY = 8;
  private static final int FIRST_IDS = 1 + LONGEST / Long.BYTES;
  private static final int NEAR_IDS = 2 * (ENTRY - FIRST_IDS);

  private final long[] entries;
  private final int[][] farIds;
  private final int sets;
  private int turn;

  /**
   * An empty table.
   *
   * @param most pieces that it holds; a power of two
   */
  PieceTable(int most) {
    sets = Math.max(1, most / WAYS);
    entries = new long[sets * WAYS * ENTRY];
    farIds = new int[sets * WAYS][];
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
    long k1 = word(bytes, from + Long.BYTES, length - Long.BYTES);
    long k2 = word(bytes, from + 2 * Long.BYTES, length - 2 * Long.BYTES);
    long k3 = word(bytes, from + 3 * Long.BYTES, length - 3 * Long.BYTES);
    int first = set(length, k0, k1, k2, k3);
    for (int place = first; place < first + WAYS; place++) {
      int entry = place * ENTRY;
      long sizes = entries[entry];
      if ((int) sizes == length
          && entries[entry + 1] == k0
          && entries[entry + 2] == k1
          && entries[entry + 3] == k2
          && entries[entry + 4] == k3) {
        return copy(place, (int) (sizes >>> Integer.SIZE), ids, at);
      }
    }
    return 0;
  }

  private int copy(int place, int count, int[] ids, int at) {
    if (count > NEAR_IDS) {
      System.arraycopy(farIds[place], 0, ids, at, count);
      return count;
    }
    int from = place * ENTRY + FIRST_IDS;
    for (int i = 0; i < count; i += 2) {
      long two = entries[from + i / 2];
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
    long k1 = word(bytes, from + Long.BYTES, length - Long.BYTES);
    long k2 = word(bytes, from + 2 * Long.BYTES, length - 2 * Long.BYTES);
    long k3 = word(bytes, from + 3 * Long.BYTES, length - 3 * Long.BYTES);
    int place = set(length, k0, k1, k2, k3);
    int free = 0;
    while (free < WAYS && entries[(place + free) * ENTRY] != 0) {
      free++;
    }
    place += free < WAYS ? free : turn++ & (WAYS - 1);
    int entry = place * ENTRY;
    entries[entry] = (long) count << Integer.SIZE | length;
    entries[entry + 1] = k0;
    entries[entry + 2] = k1;
    entries[entry + 3] = k2;
    entries[entry + 4] = k3;
    boolean far = count > NEAR_IDS;
    farIds[place] = far ? Arrays.copyOfRange(ids, at, at + count) : null;
    for (int i = 0; i < count && !far; i += 2) {
      long second = i + 1 < count ? ids[at + i + 1] : 0;
      entries[entry + FIRST_IDS + i / 2] = second << Integer.SIZE | ids[at + i];
    }
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

  /** The first of the places of a piece. */
  private int set(int length, long k0, long k1, long k2, long k3) {
    long mixed = (k0 ^ length) * 0x9e3779b97f4a7c15L;
    mixed = (mixed ^ mixed >>> 32 ^ k1) * 0x9e3779b97f4a7c15L;
    if (length > 2 * Long.BYTES) {
      mixed = (mixed ^ mixed >>> 32 ^ k2) * 0x9e3779b97f4a7c15L;
      mixed = (mixed ^ mixed >>> 32 ^ k3) * 0x9e3779b97f4a7c15L;
    }
    return ((int) (mixed >>> Integer.SIZE) & (sets - 1)) * WAYS;
  }
}
