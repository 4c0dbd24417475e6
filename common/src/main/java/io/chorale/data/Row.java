package io.chorale.data;

import java.io.Serializable;
import java.util.Map;

/**
 * A row of a dataset.
 *
 * @param cells by the name of the column; each holds one cell
 */
public record Row(Map<String, Values> cells) implements Serializable {
  public Row {
    cells = Map.copyOf(cells);
    cells.forEach(
        (name, cell) -> {
          if (cell.lengths().length != 1) {
            throw new IllegalArgumentException(
                "column %s must have one cell (got: %d)".formatted(name, cell.lengths().length));
          }
        });
  }

  /** The cell of a column. */
  public Values cell(String column) {
    Values cell = cells.get(column);
    if (cell == null) {
      throw new IllegalArgumentException(
          "a row must have a cell in column %s (got: %s)".formatted(column, cells.keySet()));
    }
    return cell;
  }
}
