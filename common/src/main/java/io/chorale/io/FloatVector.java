package io.chorale.io;

import java.io.Serializable;
import java.util.Arrays;

/**
 * A vector of float32 that may be longer than one Java array.
 *
 * <p>The form in which parameters travel, are averaged and are stored; libtorch sees a copy. It is
 * cut into slices of {@link #SLICE} elements, the last one shorter, which are also the unit of the
 * averaging.
 */
public final class FloatVector implements FloatStore, Serializable {
  private static final long serialVersionUID = 1L;

  /**
   * Elements of a slice: a multiple of 256 that, with the header of a Java array, stays just below
   * 4 MiB. Java's G1 collector gives an array of half a region or more whole regions of its own,
   * and collects for each: where a region has 8 MiB (conf/jvm.options) a slice is less.
   */
  public static final int SLICE = (1 << 20) - 256;

  private final long length;
  private final float[][] slices;

  /** A vector of zeros. */
  public FloatVector(long length) {
    if (length < 0) {
      throw new IllegalArgumentException("length must be 0 or more (got: " + length + ")");
    }
    this.length = length;
    this.slices = new float[sliceCount(length)][];
    for (int i = 0; i < slices.length; i++) {
      slices[i] = new float[sliceLength(length, i)];
    }
  }

  /** Slices of a vector of that length. */
  public static int sliceCount(long length) {
    return Math.toIntExact((length + SLICE - 1) / SLICE);
  }

  /** Elements of one slice of a vector of that length. */
  public static int sliceLength(long length, int slice) {
    return (int) Math.min(SLICE, length - (long) slice * SLICE);
  }

  @Override
  public long length() {
    return length;
  }

  /** The slice itself, not a copy: what is written to it is written to the vector. */
  @Override
  public float[] slice(int index) {
    return slices[index];
  }

  @Override
  public void put(int index, float[] values) {
    FloatStore.checkLength(this, index, values);
    float[] slice = slices[index];
    if (values != slice) {
      System.arraycopy(values, 0, slice, 0, slice.length);
    }
  }

  /** The element at an index. */
  public float get(long index) {
    return slices[(int) (index / SLICE)][(int) (index % SLICE)];
  }

  /** Changes the element at an index. */
  public void set(long index, float value) {
    slices[(int) (index / SLICE)][(int) (index % SLICE)] = value;
  }

  /** Copies all elements into another vector, the first one to element {@code at}. */
  public void copyTo(FloatVector target, long at) {
    for (long done = 0; done < length; ) {
      int from = (int) (done % SLICE);
      int to = (int) ((at + done) % SLICE);
      float[] source = slices[(int) (done / SLICE)];
      float[] sink = target.slices[(int) ((at + done) / SLICE)];
      int count = Math.min(source.length - from, sink.length - to);
      System.arraycopy(source, from, sink, to, count);
      done += count;
    }
  }

  /** Equal to the bit, so that a not-a-number equals itself and 0.0 differs from -0.0. */
  @Override
  public boolean equals(Object other) {
    return other instanceof FloatVector vector && Arrays.deepEquals(slices, vector.slices);
  }

  @Override
  public int hashCode() {
    return Arrays.deepHashCode(slices);
  }

  @Override
  public String toString() {
    return "FloatVector[" + length + "]";
  }
}
