package io.chorale.data;

import java.util.Arrays;

/**
 * The shares by which a context costs some rows of their tokens, in each of the ways in which rows
 * become batches: as one stream of blocks ({@link TokenStream}), row by row ({@link RowBatches}),
 * or packed by best fit ({@link PackedDocuments}).
 *
 * @param context T, in tokens or steps
 * @param bordered rows into which a border between two blocks of the stream falls. It is expected,
 *     over all places at which an epoch may begin to cut
 * @param longer rows that are longer than the context, which packing cuts into pieces
 * @param beyond tokens behind the first {@code context} of their row, which row by row are cut off
 * @param padding tokens of batches of like rows that are padding
 * @param filled tokens of packed rows that are text
 */
public record ContextShares(
    int context, double bordered, double longer, double beyond, double padding, double filled) {
  private static final long ORDER_SEED = 8;

  /**
   * The shares of rows of those lengths; O(n log n), or of n rows that are packed into r O(n + r ·
   * T / 64).
   *
   * @param lengths of the rows, each at least 1; there is at least one
   * @param context T
   * @param batch rows of a batch
   */
  public static ContextShares of(int[] lengths, int context, int batch) {
    long tokens = 0;
    long kept = 0;
    long longer = 0;
    double bordered = 0;
    for (int length : lengths) {
      tokens += length;
      kept += Math.min(length, context);
      longer += length > context ? 1 : 0;
      bordered += Math.min(1, (length - 1) / (double) context);
    }
    double rows = lengths.length;
    return new ContextShares(
        context,
        bordered / rows,
        longer / rows,
        1 - kept / (double) tokens,
        1 - kept / (double) padded(lengths, context, batch),
        tokens / ((double) BestFit.of(pieces(lengths, context), context).rows() * context));
  }

  /** Tokens of all batches with their padding, rows sorted as {@link RowSource} does. */
  private static long padded(int[] lengths, int context, int batch) {
    int[] order = Shuffle.of(lengths.length, ORDER_SEED);
    int pool = Math.multiplyExact(RowSource.POOL, batch);
    long padded = 0;
    for (int from = 0; from < order.length; from += pool) {
      int to = Math.min(order.length, from + pool);
      int[] sorted = new int[to - from];
      for (int i = from; i < to; i++) {
        sorted[i - from] = Math.min(context, lengths[order[i]]);
      }
      Arrays.sort(sorted);
      for (int first = 0; first < sorted.length; first += batch) {
        int last = Math.min(sorted.length, first + batch) - 1;
        padded += (long) sorted[last] * (last - first + 1);
      }
    }
    return padded;
  }

  private static int[] pieces(int[] lengths, int context) {
    return Arrays.stream(lengths)
        .flatMap(
            length -> {
              int[] pieces = new int[(length - 1) / context + 1];
              Arrays.fill(pieces, context);
              pieces[pieces.length - 1] = length - (pieces.length - 1) * context;
              return Arrays.stream(pieces);
            })
        .toArray();
  }
}
