package io.chorale.token;

import java.util.Arrays;

/**
 * The 256 characters that stand for the 256 bytes in the vocabulary of a byte-level tokenizer.
 *
 * <p>The alphabet of GPT-2: a byte that prints as a Latin-1 character stands for itself, the 68
 * others, in order, are U+0100 and on. A blank is U+0120, a newline U+010A.
 */
final class ByteAlphabet {
  private static final int SHIFTED = 0x100;
  private static final char[] CHARACTER = new char[256];
  private static final int[] BYTE = new int[SHIFTED + 68];

  static {
    Arrays.fill(BYTE, -1);
    int shifted = SHIFTED;
    for (int b = 0; b < 256; b++) {
      boolean prints = (b >= '!' && b <= '~') || (b >= 0xa1 && b <= 0xac) || b >= 0xae;
      CHARACTER[b] = (char) (prints ? b : shifted++);
      BYTE[CHARACTER[b]] = b;
    }
  }

  private ByteAlphabet() {}

  /** The character of a byte from 0 to 255. */
  static char character(int b) {
    return CHARACTER[b];
  }

  /** The bytes of the 256 characters, in the order of the characters. */
  static int[] bytesInOrder() {
    return Arrays.stream(BYTE).filter(b -> b >= 0).toArray();
  }

  /** How the vocabulary writes some bytes. */
  static String write(byte[] bytes) {
    StringBuilder text = new StringBuilder(bytes.length);
    for (byte b : bytes) {
      text.append(CHARACTER[b & 0xff]);
    }
    return text.toString();
  }

  /** Whether every character stands for a byte. */
  static boolean reads(String entry) {
    return entry.chars().allMatch(c -> c < BYTE.length && BYTE[c] >= 0);
  }

  /** The bytes of an entry that {@link #reads}. */
  static byte[] read(String entry) {
    byte[] bytes = new byte[entry.length()];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = (byte) BYTE[entry.charAt(i)];
    }
    return bytes;
  }
}
