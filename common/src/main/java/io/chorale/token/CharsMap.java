package io.chorale.token;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Base64;
import java.util.Deque;

/**
 * The table of a normalizer that SentencePiece has compiled: the size of a trie in bytes, the trie
 * as a double array of 32-bit units (Darts-clone), and the texts that it leads to, each ended by a
 * zero byte.
 *
 * <p>Who looks a character up in a damaged one reads outside of an array. So everything is visited
 * here that a look-up can reach.
 */
final class CharsMap {
  private static final int LONGEST = 1000; // bytes of a text

  private final int[] units;
  private final byte[] texts;
  private int growth = 1; // rounded up

  private CharsMap(int[] units, byte[] texts) {
    this.units = units;
    this.texts = texts;
  }

  /**
   * By how much a text may grow.
   *
   * @param base64 the table
   * @return -1 where it is damaged
   */
  static int growth(String base64) {
    byte[] bytes;
    try {
      bytes = Base64.getDecoder().decode(base64);
    } catch (IllegalArgumentException e) {
      return -1;
    }
    ByteBuffer buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    if (buffer.remaining() < Integer.BYTES) {
      return -1;
    }
    int size = buffer.getInt();
    if (size < Integer.BYTES || size > buffer.remaining() || size % Integer.BYTES != 0) {
      return -1;
    }
    int[] units = new int[size / Integer.BYTES];
    buffer.asIntBuffer().get(units);
    byte[] texts = new byte[buffer.remaining() - size];
    buffer.position(buffer.position() + size).get(texts);
    try {
      StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(texts));
    } catch (CharacterCodingException e) {
      return -1;
    }
    CharsMap map = new CharsMap(units, texts);
    return map.isWhole() ? map.growth : -1;
  }

  /** Whether every look-up stays within the table; finds out how long its texts are. */
  private boolean isWhole() {
    int[] depths = new int[units.length]; // bytes to a place, and one; 0 where none lead to it
    Deque<Integer> open = new ArrayDeque<>();
    int start = offset(units[0]);
    if (start >= units.length) {
      return false;
    }
    depths[start] = 1;
    open.add(start);
    while (!open.isEmpty()) {
      int place = open.remove();
      for (int b = 1; b < 256; b++) {
        int child = place ^ b;
        if (child >= units.length) {
          return false;
        }
        int unit = units[child];
        if ((unit & 0x800000ff) != b) {
          continue;
        }
        int next = child ^ offset(unit);
        if (next >= units.length
            || ((unit >>> 8 & 1) == 1 && !isText(units[next] & Integer.MAX_VALUE, depths[place]))) {
          return false;
        }
        if (depths[next] == 0) {
          depths[next] = depths[place] + 1;
          open.add(next);
        }
      }
    }
    return true;
  }

  /** What leads from a unit to the places after it; at most 2^30. */
  private static int offset(int unit) {
    return unit >>> 10 << ((unit & 1 << 9) >>> 6);
  }

  private boolean isText(int from, int key) {
    int end = from;
    while (end < texts.length && texts[end] != 0) {
      end++;
    }
    growth = Math.max(growth, (end - from + key - 1) / key);
    boolean inside = from <= texts.length && end - from <= LONGEST;
    return inside && (from == texts.length || (texts[from] & 0xc0) != 0x80);
  }
}
