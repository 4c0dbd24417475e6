package io.chorale.io;

/**
 * Float32 values that are read slice by slice, whatever form they are held in: each slice has
 * {@link FloatVector#SLICE} elements, the last one fewer.
 */
public interface FloatSlices {
  /** Elements of all slices. */
  long length();

  /** Slices that the values are cut into. */
  default int sliceCount() {
    return FloatVector.sliceCount(length());
  }

  /** The values of a slice, to be read only. */
  float[] slice(int index);
}
