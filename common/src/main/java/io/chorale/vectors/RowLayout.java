package io.chorale.vectors;

import io.chorale.config.ChoraleException;
import io.chorale.io.FloatSlices;
import io.chorale.io.FloatVector;
import java.io.Serializable;

/**
 * The places of equally long rows in a long float vector. A row takes {@link #stride} elements, the
 * last of them unused, so that no row lies in two slices.
 *
 * @param rows how many there are
 * @param size numbers of a row that are used
 */
public record RowLayout(long rows, int size) implements Serializable {
  /** Rows begin at multiples of this, which loops over them go through without a remainder. */
  private static final int STEP = 8;

  public RowLayout {
    if (size < 1 || size > FloatVector.SLICE) {
      throw new ChoraleException(
          "Cannot keep vectors of %d numbers: expected 1 to %d. Choose another size."
              .formatted(size, FloatVector.SLICE));
    }
    if (rows < 0) {
      throw new IllegalArgumentException("rows must be 0 or more (got: " + rows + ")");
    }
  }

  /** Elements from a row to the next: the least multiple of 8 that divides a slice. */
  public int stride() {
    int stride = (size + STEP - 1) / STEP * STEP;
    while (FloatVector.SLICE % stride != 0) {
      stride += STEP;
    }
    return stride;
  }

  /** Rows that a whole slice holds. */
  public int rowsPerSlice() {
    return FloatVector.SLICE / stride();
  }

  /** Elements of all rows. */
  public long length() {
    return Math.multiplyExact(rows, stride());
  }

  /** Copies the numbers of a row, [size], to the beginning of an array. */
  public void copy(FloatSlices values, long row, float[] into) {
    int perSlice = rowsPerSlice();
    int at = (int) (row % perSlice) * stride();
    System.arraycopy(values.slice((int) (row / perSlice)), at, into, 0, size);
  }
}
