package io.chorale.token;

import io.chorale.config.ChoraleException;
import io.chorale.io.Utf8;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;

/**
 * All distinct pre-tokens, one after the other, as a row of positions that tokens cover.
 *
 * <p>A position is a byte, or the border between two pre-tokens. The first and the last position of
 * a token hold its id, those between hold {@link #INSIDE}: so the neighbours of a token are found
 * from the lengths of tokens alone. Takes 8 bytes for every byte of the pre-tokens.
 */
final class Pieces {
  static final int BORDER = -1;
  static final int INSIDE = -2;

  // No array may be longer.
  private static final int LARGEST = Integer.MAX_VALUE - 8;

  private final int[] symbols;
  private final int[] pieces;
  private final long[] counts;

  /**
   * Lays the pre-tokens out, each byte a token of its own.
   *
   * @param occurrences how often each pre-token occurs
   */
  Pieces(Map<String, Long> occurrences) {
    int[] ids = new int[256];
    int id = 1;
    for (int b : ByteAlphabet.bytesInOrder()) {
      ids[b] = id++;
    }
    long positions = 1;
    int kept = 0;
    for (String piece : occurrences.keySet()) {
      long length = Utf8.length(piece);
      if (length > 1) {
        positions += length + 1;
        kept++;
      }
    }
    if (positions > LARGEST) {
      throw new ChoraleException(
          "Cannot train the tokenizer (bpe): the distinct pieces of the corpus hold "
              + positions
              + " bytes, expected at most "
              + LARGEST
              + ". Train on a part of the corpus, or set a tokenizer.pattern that cuts it smaller.");
    }
    symbols = new int[(int) positions];
    pieces = new int[(int) positions];
    counts = new long[kept];
    int at = 0;
    int piece = 0;
    symbols[at++] = BORDER;
    for (Map.Entry<String, Long> entry : occurrences.entrySet()) {
      byte[] bytes = entry.getKey().getBytes(StandardCharsets.UTF_8);
      if (bytes.length > 1) {
        counts[piece] = entry.getValue();
        Arrays.fill(pieces, at, at + bytes.length, piece++);
        for (byte b : bytes) {
          symbols[at++] = ids[b & 0xff];
        }
        symbols[at++] = BORDER;
      }
    }
  }

  /** Positions, borders included. */
  int size() {
    return symbols.length;
  }

  /** The id of the token that begins or ends here, {@link #BORDER} or {@link #INSIDE}. */
  int symbol(int position) {
    return symbols[position];
  }

  /** How often the pre-token occurs in which a position, not a border, lies. */
  long count(int position) {
    return counts[pieces[position]];
  }

  /** Makes the tokens [start, middle) and [middle, end) one token. */
  void join(int start, int middle, int end, int id) {
    symbols[middle - 1] = INSIDE;
    symbols[middle] = INSIDE;
    symbols[start] = id;
    symbols[end - 1] = id;
  }
}
