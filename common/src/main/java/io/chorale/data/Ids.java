package io.chorale.data;

import java.util.Arrays;
import java.util.List;

/**
 * Cells of ids or classes.
 *
 * @param values row-major [B, T]; of the arrays none is copied
 * @param length T
 * @param lengths of each cell without its padding [B]
 */
public record Ids(int[] values, int length, int[] lengths) implements Values {
  public Ids {
    if (values.length != lengths.length * length) {
      throw new IllegalArgumentException(
          "there must be %d x %d ids (got: %d)".formatted(lengths.length, length, values.length));
    }
  }

  /** A cell. */
  public static Ids of(int... values) {
    return new Ids(values, values.length, new int[] {values.length});
  }

  /** Cells that are all of one length. */
  public static Ids full(int[] values, int length) {
    int[] lengths = new int[values.length / length];
    Arrays.fill(lengths, length);
    return new Ids(values, length, lengths);
  }

  @Override
  public Ids cell(int row) {
    return of(Arrays.copyOfRange(values, row * length, row * length + lengths[row]));
  }

  /**
   * Cells side by side.
   *
   * @param cells at least one, each with one row
   * @param most ids of a cell: longer ones are cut to their first
   * @param padding what stands right of the shorter ones
   */
  static Ids padded(List<Ids> cells, int most, int padding) {
    int[] lengths = cells.stream().mapToInt(cell -> Math.min(most, cell.length())).toArray();
    int longest = Arrays.stream(lengths).max().orElseThrow();
    int[] values = new int[lengths.length * longest];
    Arrays.fill(values, padding);
    for (int row = 0; row < lengths.length; row++) {
      System.arraycopy(cells.get(row).values(), 0, values, row * longest, lengths[row]);
    }
    return new Ids(values, longest, lengths);
  }
}
