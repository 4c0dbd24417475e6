package io.chorale.io;

/** Float32 values that are read and written slice by slice, whatever memory they lie in. */
public interface FloatStore extends FloatSlices, AutoCloseable {
  /**
   * Replaces the values of a slice.
   *
   * @param values copied, unless they are the slice itself
   * @throws IllegalArgumentException where they are not as many as the slice has
   */
  void put(int index, float[] values);

  /** Frees memory that the garbage collector does not; without such does nothing. */
  @Override
  default void close() {}

  /** What {@link #put} checks first. */
  static void checkLength(FloatStore store, int index, float[] values) {
    int expected = FloatVector.sliceLength(store.length(), index);
    if (values.length != expected) {
      throw new IllegalArgumentException(
          "slice %d has %d elements (got: %d)".formatted(index, expected, values.length));
    }
  }
}
