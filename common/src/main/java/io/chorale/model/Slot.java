package io.chorale.model;

/**
 * A parameter: its name, its shape and its first values, said once.
 *
 * @param name dotted, as {@code layers.0.mlp.up.weight}
 * @param shape row-major
 * @param init how it begins
 */
public record Slot(String name, long[] shape, Init init) {
  /** Elements of the parameter. */
  public long length() {
    long product = 1;
    for (long size : shape) {
      product = Math.multiplyExact(product, size);
    }
    return product;
  }

  /** Whether it is a matrix: what weight decay shrinks. */
  public boolean matrix() {
    return shape.length >= 2;
  }
}
