package io.chorale.io;

/** Computes the length of a text in UTF-8 without encoding it. */
public final class Utf8 {
  private Utf8() {}

  /** Bytes as {@code getBytes} gives them: an unpaired surrogate becomes one byte, a {@code ?}. */
  public static long length(String text) {
    return length(text, 0, text.length());
  }

  /** The same of the characters from one place up to another. */
  public static long length(String text, int from, int to) {
    return count(text, from, to, true);
  }

  /** Bytes of a text that UTF-8 can carry; -1 where it holds an unpaired surrogate. */
  public static long exactLength(String text) {
    return count(text, 0, text.length(), false);
  }

  private static long count(String text, int from, int to, boolean lenient) {
    long length = 0;
    for (int i = from; i < to; i++) {
      char c = text.charAt(i);
      if (c < 0x80) {
        length++;
      } else if (c < 0x800) {
        length += 2;
      } else if (!Character.isSurrogate(c)) {
        length += 3;
      } else if (Character.isSupplementaryCodePoint(text.codePointAt(i))) {
        length += 4;
        i++;
      } else if (lenient) {
        length++;
      } else {
        return -1;
      }
    }
    return length;
  }
}
