package io.chorale.data;

import java.util.Arrays;

/**
 * The documents of a shard, those that are longer than a row cut into pieces as long as a row and a
 * last one. They follow each other without a gap.
 *
 * <p>Each token of a piece is predicted from those before it, the first one from the token that the
 * stream has before the piece: the end-of-text id of the document before, or where a document goes
 * on its own last token. Before the first document of a shard stands the last token of the shard.
 *
 * @param targets the tokens of the shard
 * @param begins where each piece begins, and where the last one ends
 */
record Pieces(Targets targets, int[] begins) {
  /**
   * The pieces of some of a shard's documents.
   *
   * @param column of the documents
   * @param answers the column that says which tokens count; empty where all do
   * @param from the first of them
   * @param to the one after the last
   * @param longest the most tokens of a piece
   */
  static Pieces of(Shard shard, String column, String answers, int from, int to, int longest) {
    int begin = shard.begin(column, from);
    int count = 0;
    for (int row = from; row < to; row++) {
      count += (shard.length(column, row) - 1) / longest + 1;
    }
    int[] begins = new int[count + 1];
    int piece = 0;
    for (int row = from; row < to; row++) {
      int end = begin + shard.length(column, row);
      for (; begin < end; begin = Math.min(end, begin + longest)) {
        begins[piece++] = begin;
      }
    }
    begins[count] = begin;
    return new Pieces(Targets.of(shard, column, answers), begins);
  }

  /** Pieces there are. */
  int size() {
    return begins.length - 1;
  }

  /** Tokens of a piece. */
  int length(int piece) {
    return begins[piece + 1] - begins[piece];
  }

  /** The first piece that begins at a place of the shard or after it. */
  int firstFrom(long place) {
    int found =
        Arrays.binarySearch(
            begins, 0, size(), (int) Math.max(0, Math.min(place, targets.length())));
    return found < 0 ? -found - 1 : found;
  }

  /**
   * Copies a piece into a batch in the making.
   *
   * @param inputs the token before each
   * @param next the tokens, or {@link Batch#IGNORED}
   * @param places of each in the piece
   * @param at where it goes in all three
   */
  void copy(int piece, int[] inputs, int[] next, int[] places, int at) {
    int begin = begins[piece];
    int length = length(piece);
    targets.copy(begin, next, at, length);
    Tokens tokens = targets.tokens();
    inputs[at] = tokens.get((begin == 0 ? tokens.length() : begin) - 1);
    tokens.copy(begin, inputs, at + 1, length - 1);
    for (int i = 0; i < length; i++) {
      places[at + i] = i;
    }
  }
}
