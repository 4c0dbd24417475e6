package io.chorale.data;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;

/** A batch of {@link PackedDocuments} in the making: rows of pieces, padded at the right. */
final class PackedRows {
  private final int length;
  private final int[] lengths;

  // Row-major [B, T].
  private final int[] inputs;
  private final int[] targets;
  private final int[] places;

  /**
   * @param rows B
   * @param length of the longest row: T
   */
  PackedRows(int rows, int length) {
    this.length = length;
    this.lengths = new int[rows];
    this.inputs = new int[rows * length];
    this.targets = new int[rows * length];
    this.places = new int[rows * length];
    Arrays.fill(targets, Batch.IGNORED);
  }

  /** Adds a piece at the end of a row. */
  void add(int row, Pieces pieces, int piece) {
    pieces.copy(piece, inputs, targets, places, row * length + lengths[row]);
    lengths[row] += pieces.length(piece);
  }

  /**
   * The batch.
   *
   * @param column of its inputs
   */
  Batch batch(String column) {
    Map<String, Values> columns = new LinkedHashMap<>();
    columns.put(column, new Ids(inputs, length, lengths));
    columns.put(TokenStream.NEXT, new Ids(targets, length, lengths));
    columns.put(PackedDocuments.PLACE, new Ids(places, length, lengths));
    return new Batch(columns, lengths.length, Targets.counted(targets), false);
  }
}
