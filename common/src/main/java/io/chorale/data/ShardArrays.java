package io.chorale.data;

import java.util.List;

/**
 * The arrays of a column in a shard: what {@link ShardWriter} writes and {@link ShardReader} reads.
 *
 * @param values the name of the array that holds the cells, one after the other
 * @param offsets the name of the array [rows + 1] that says where each cell begins; a column whose
 *     cells are all of one step has none
 */
record ShardArrays(Column column, String values, String offsets) {
  static ShardArrays of(Column column) {
    String name = column.name();
    return new ShardArrays(column, column.ragged() ? name + ".values" : name, name + ".offsets");
  }

  /**
   * The shape of the values.
   *
   * @param elements of all cells
   */
  List<Long> shape(long elements) {
    return switch (column.kind()) {
      case IDS, LABEL -> List.of(elements);
      case SERIES, VECTOR -> List.of(elements, (long) column.size());
    };
  }
}
