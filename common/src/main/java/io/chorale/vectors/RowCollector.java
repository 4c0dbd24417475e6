package io.chorale.vectors;

import io.chorale.io.FloatSlices;
import io.chorale.io.FloatVector;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Gathers rows whose number is not known before; memory grows with what was added. */
final class RowCollector {
  private final RowLayout one;
  private final List<float[]> slices = new ArrayList<>();
  private long rows;

  RowCollector(int size) {
    this.one = new RowLayout(1, size);
  }

  /** Adds the first {@code size} numbers of an array. */
  void add(float[] row) {
    int stride = one.stride();
    int at = (int) (rows % one.rowsPerSlice()) * stride;
    float[] last =
        at == 0
            ? new float[Math.min(FloatVector.SLICE, 64 * stride)]
            : slices.remove(slices.size() - 1);
    if (at + stride > last.length) {
      last = Arrays.copyOf(last, (int) Math.min(FloatVector.SLICE, 2L * last.length));
    }
    System.arraycopy(row, 0, last, at, one.size());
    slices.add(last);
    rows++;
  }

  /** All rows; the collector is not used after that. */
  FloatSlices collected() {
    long length = rows * one.stride();
    if (!slices.isEmpty()) {
      int last = slices.size() - 1;
      slices.set(last, Arrays.copyOf(slices.get(last), FloatVector.sliceLength(length, last)));
    }
    return new FloatSlices() {
      @Override
      public long length() {
        return length;
      }

      @Override
      public float[] slice(int index) {
        return slices.get(index);
      }
    };
  }
}
