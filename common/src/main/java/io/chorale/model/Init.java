package io.chorale.model;

/** A distribution of a parameter's first values. */
@FunctionalInterface
public interface Init {
  /** All zeros. */
  Init ZERO = (slot, values, random) -> {};

  /** All ones. */
  Init ONE = constant(1);

  /** The identity: a square matrix with ones on its diagonal. */
  Init IDENTITY =
      (slot, values, random) -> {
        for (long i = 0; i < slot.shape()[0]; i++) {
          values.set(i * slot.shape()[1] + i, 1);
        }
      };

  /** Where the elements of one parameter go, by their index in it; they were zero. */
  @FunctionalInterface
  interface Elements {
    /** Sets an element. */
    void set(long index, float value);
  }

  /**
   * Writes the first values.
   *
   * @param random the generator of all parameters, which each leaves where the next goes on
   */
  void write(Slot slot, Elements values, Gaussian random);

  /** The same value everywhere. */
  static Init constant(double value) {
    return (slot, values, random) -> {
      for (long i = 0; i < slot.length(); i++) {
        values.set(i, (float) value);
      }
    };
  }

  /** The same value in a stretch of a vector, zero elsewhere. */
  static Init stretch(long from, long length, double value) {
    return (slot, values, random) -> {
      for (long i = from; i < from + length; i++) {
        values.set(i, (float) value);
      }
    };
  }

  /** Normal with mean 0. */
  static Init normal(double deviation) {
    return (slot, values, random) -> {
      for (long i = 0; i < slot.length(); i++) {
        values.set(i, (float) (deviation * random.next()));
      }
    };
  }

  /** Uniform between -bound and bound. */
  static Init uniform(double bound) {
    return (slot, values, random) -> {
      for (long i = 0; i < slot.length(); i++) {
        values.set(i, (float) (bound * (2 * random.nextUniform() - 1)));
      }
    };
  }
}
