package io.chorale.token;

/**
 * The ids of pieces that were encoded lately: usual words come again and again. A cache in sets of
 * four, in which a new piece takes the place of each in turn, so that it is bounded whatever the
 * text is, and goes with the text.
 *
 * <p>Holds at most 65,536 pieces of at most 32 characters: about 7 MB of usual text, and never more
 * than 40 MB.
 *
 * <p>Threads may share it without a lock: an entry never changes, and what a thread finds is the
 * entry of the piece that it asked for, or none.
 */
final class PieceTable {
  static final int MOST_PIECES = 1 << 16;
  static final int LONGEST = 32;
  private static final int WAYS = 4;

  /** Characters of Latin-1 that a code has room for. */
  private static final int PACKED = 7;

  /** A piece and its ids; that its fields are final is what makes it safe to share. */
  private record Entry(long code, String piece, int[] ids) {}

  private final Entry[] entries;
  private int turn;

  /**
   * An empty table.
   *
   * @param most pieces that it holds; a power of two
   */
  PieceTable(int most) {
    entries = new Entry[Math.max(WAYS, most)];
  }

  /** The ids of a part of a text, which are not to be changed; null where it is not there. */
  int[] find(String text, int from, int to) {
    long code = code(text, from, to);
    int set = set(code);
    for (int place = set; place < set + WAYS; place++) {
      Entry entry = entries[place];
      if (entry == null) {
        return null;
      }
      if (entry.code == code && (code > 0 || isPart(entry.piece, text, from, to))) {
        return entry.ids;
      }
    }
    return null;
  }

  private static boolean isPart(String piece, String text, int from, int to) {
    return piece.length() == to - from && text.startsWith(piece, from);
  }

  /** Keeps the ids of a piece of at most {@link #LONGEST} characters. */
  void put(String piece, int[] ids) {
    long code = code(piece, 0, piece.length());
    int set = set(code);
    int place = set;
    while (place < set + WAYS && entries[place] != null) {
      place++;
    }
    if (place == set + WAYS) {
      place = set + (turn++ & (WAYS - 1));
    }
    entries[place] = new Entry(code, piece, ids);
  }

  /** The first of the places of a code. */
  private int set(long code) {
    int mixed = (int) ((code * 0x9e3779b97f4a7c15L) >>> Integer.SIZE);
    return (mixed & (entries.length / WAYS - 1)) * WAYS;
  }

  /** Positive: the piece itself, packed behind a one. Negative: a hash that pieces may share. */
  private static long code(String text, int from, int to) {
    if (to - from <= PACKED) {
      long packed = 1;
      int all = 0;
      for (int i = from; i < to; i++) {
        char c = text.charAt(i);
        packed = (packed << Byte.SIZE) | c;
        all |= c;
      }
      if (all < 1 << Byte.SIZE) {
        return packed;
      }
    }
    int hash = 0;
    for (int i = from; i < to; i++) {
      hash = 31 * hash + text.charAt(i);
    }
    return hash | Long.MIN_VALUE;
  }
}
