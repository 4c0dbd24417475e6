package io.chorale.embed;

import io.chorale.io.FloatSlices;
import io.chorale.io.FloatVector;
import io.chorale.random.SplitMix64;
import io.chorale.vectors.RowLayout;
import java.io.Serializable;

/**
 * The rows that a training starts from: those of words and n-grams uniform within 1 / (2 x size),
 * as in word2vec, those of outputs zero. A slice is made whenever it is asked for, from the seed
 * and its number alone, so that nobody has to send it.
 *
 * @param layout of all rows
 * @param started the first rows, which are not zero
 */
record FirstRows(long seed, RowLayout layout, long started) implements FloatSlices, Serializable {
  private static final long SEED = 0x726f7773L;

  @Override
  public long length() {
    return layout.length();
  }

  @Override
  public float[] slice(int index) {
    float[] slice = new float[FloatVector.sliceLength(length(), index)];
    SplitMix64 random = SplitMix64.of(SEED, seed, index);
    int stride = layout.stride();
    long first = (long) index * layout.rowsPerSlice();
    for (int row = 0; row * stride < slice.length && first + row < started; row++) {
      for (int k = 0; k < layout.size(); k++) {
        slice[row * stride + k] = (float) ((random.nextDouble() - 0.5) / layout.size());
      }
    }
    return slice;
  }
}
