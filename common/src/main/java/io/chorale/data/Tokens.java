package io.chorale.data;

/**
 * The token ids of a shard as one stream: two bytes an id where the vocabulary allows, else four.
 */
public final class Tokens {
  private final short[] narrow;
  private final int[] wide;

  private Tokens(short[] narrow, int[] wide) {
    this.narrow = narrow;
    this.wide = wide;
  }

  /** Ids below 65,536, each as the 16 bits of a short; the array is not copied. */
  public static Tokens narrow(short[] ids) {
    return new Tokens(ids, null);
  }

  /** Any ids; the array is not copied. */
  public static Tokens wide(int[] ids) {
    return new Tokens(null, ids);
  }

  /** Ids there are. */
  public int length() {
    return narrow != null ? narrow.length : wide.length;
  }

  /** The id at a place. */
  public int get(int index) {
    return narrow != null ? narrow[index] & 0xffff : wide[index];
  }

  /** Copies {@code count} ids from {@code from} on into an array. */
  public void copy(int from, int[] into, int at, int count) {
    if (narrow == null) {
      System.arraycopy(wide, from, into, at, count);
      return;
    }
    for (int i = 0; i < count; i++) {
      into[at + i] = narrow[from + i] & 0xffff;
    }
  }

  /** All ids. */
  public int[] toArray() {
    int[] ids = new int[length()];
    copy(0, ids, 0, ids.length);
    return ids;
  }

  /** Bytes of memory. */
  long bytes() {
    return narrow != null ? 2L * narrow.length : 4L * wide.length;
  }
}
