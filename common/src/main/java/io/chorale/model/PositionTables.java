package io.chorale.model;

import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch;

/** Sines and cosines of positions that are not learned. */
final class PositionTables {
  private static final double BASE = 10000;

  private final torch.ScalarType type;

  PositionTables(torch.ScalarType type) {
    this.type = type;
  }

  /** Sines and cosines in turn, of wavelengths from 2 pi to 10,000 x 2 pi: [T, width]. */
  Tensor sinusoids(long start, long length, int width) {
    return table(
        start,
        length,
        width,
        (position, i) -> {
          double angle = angle(position, i / 2, width);
          return i % 2 == 0 ? StrictMath.sin(angle) : StrictMath.cos(angle);
        });
  }

  /** Cosines of the angles by which a head's units turn, the same for both halves: [T, size]. */
  Tensor cosines(long start, long length, int size) {
    return table(
        start,
        length,
        size,
        (position, i) -> StrictMath.cos(angle(position, i % (size / 2), size)));
  }

  /** Sines of the same angles. */
  Tensor sines(long start, long length, int size) {
    return table(
        start,
        length,
        size,
        (position, i) -> StrictMath.sin(angle(position, i % (size / 2), size)));
  }

  private static double angle(long position, int pair, int width) {
    return position / StrictMath.pow(BASE, 2.0 * pair / width);
  }

  private interface Cell {
    double at(long position, int unit);
  }

  private Tensor table(long start, long length, int width, Cell cell) {
    double[] values = new double[Math.toIntExact(length * width)];
    for (int t = 0; t < length; t++) {
      for (int i = 0; i < width; i++) {
        values[t * width + i] = cell.at(start + t, i);
      }
    }
    Tensor table =
        torch.empty(new long[] {length, width}, new TensorOptions(torch.ScalarType.Double), null);
    table.data_ptr_double().capacity(values.length).put(values);
    return table.to(type);
  }
}
