package io.chorale.average;

import io.chorale.io.FloatSlices;
import io.chorale.io.FloatVector;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * Rows that a worker moved, each with its number in the slice: {@code number} I32, {@code values}
 * F32 [stride], one after the other, little-endian. A row that nobody moved takes no part in a
 * round, neither in what is sent nor in what comes out.
 *
 * @param stride elements of a row
 */
record RowExchange(int stride) implements Exchange {
  RowExchange {
    if (stride < 1 || FloatVector.SLICE % stride != 0) {
      throw new IllegalArgumentException(
          "a stride must divide %d (got: %d)".formatted(FloatVector.SLICE, stride));
    }
  }

  @Override
  public boolean isMean() {
    return false;
  }

  @Override
  public boolean keepsResidual() {
    return false;
  }

  @Override
  public byte[] encode(float[] before, float[] after, float[] none) {
    int[] moved = new int[after.length / stride];
    int count = 0;
    for (int row = 0; row < moved.length; row++) {
      int at = row * stride;
      if (Arrays.mismatch(before, at, at + stride, after, at, at + stride) >= 0) {
        moved[count++] = row;
      }
    }
    ByteBuffer bytes =
        ByteBuffer.allocate(count * (1 + stride) * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; i < count; i++) {
      bytes.putInt(moved[i]);
      bytes.asFloatBuffer().put(after, moved[i] * stride, stride);
      bytes.position(bytes.position() + stride * Float.BYTES);
    }
    return bytes.array();
  }

  @Override
  public Gathering gather(int slice, FloatSlices anchor) {
    float[] before = anchor.slice(slice);
    RowAverage average = new RowAverage(before, stride);
    return new Gathering() {
      @Override
      public void add(byte[] part, double weight) {
        float[] after = before.clone();
        ByteBuffer bytes = ByteBuffer.wrap(part).order(ByteOrder.LITTLE_ENDIAN);
        while (bytes.hasRemaining()) {
          int row = bytes.getInt();
          bytes.asFloatBuffer().get(after, row * stride, stride);
          bytes.position(bytes.position() + stride * Float.BYTES);
        }
        average.add(after);
      }

      @Override
      public float[] average() {
        return average.average();
      }
    };
  }

  @Override
  public float[] parameters(float[] anchor, float[] averaged) {
    return averaged;
  }
}
