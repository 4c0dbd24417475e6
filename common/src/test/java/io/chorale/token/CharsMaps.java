package io.chorale.token;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Base64;

/** Small tables as SentencePiece compiles them. */
final class CharsMaps {
  private static final int START = 0x100; // the place before the first byte
  private static final int UNITS = 0x200;
  private static final int LEAF = 1 << 8;

  private CharsMaps() {}

  /** A table that replaces "A". */
  static String ofA(String text) {
    return table(0, text + "\0", 0x1ff);
  }

  /**
   * A table in which the letter "A" leads to a text.
   *
   * @param value where the text begins
   * @param leaf the unit that holds the value, and behind which the next byte is looked for
   */
  static String table(int value, String texts, int leaf) {
    int[] units = new int[UNITS];
    units[0] = START << 10;
    units[START ^ 'A'] = 'A' | LEAF | (START ^ 'A' ^ leaf) << 10;
    if (leaf < UNITS) {
      units[leaf] = value | 1 << 31;
    }
    byte[] bytes = texts.getBytes(StandardCharsets.UTF_8);
    ByteBuffer table =
        ByteBuffer.allocate(Integer.BYTES * (1 + UNITS) + bytes.length)
            .order(ByteOrder.LITTLE_ENDIAN);
    table.putInt(Integer.BYTES * UNITS);
    for (int unit : units) {
      table.putInt(unit);
    }
    return Base64.getEncoder().encodeToString(table.put(bytes).array());
  }
}
