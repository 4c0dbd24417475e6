package io.chorale.model;

import io.chorale.io.FloatVector;

/** Writes the first values of the parameters, in the order of the layout. */
final class Initializer {
  private final ParameterLayout layout;
  private final FloatVector values;
  private final Gaussian gaussian;

  Initializer(ParameterLayout layout, long seed) {
    this.layout = layout;
    this.values = new FloatVector(layout.size());
    this.gaussian = new Gaussian(seed);
  }

  /** Normal with mean 0. */
  void normal(String name, double deviation) {
    ParameterLayout.Entry entry = layout.entry(name);
    for (long i = 0; i < entry.length(); i++) {
      values.set(entry.offset() + i, (float) (deviation * gaussian.next()));
    }
  }

  /** Uniform between -bound and bound. */
  void uniform(String name, double bound) {
    ParameterLayout.Entry entry = layout.entry(name);
    for (long i = 0; i < entry.length(); i++) {
      values.set(entry.offset() + i, (float) (bound * (2 * gaussian.nextUniform() - 1)));
    }
  }

  void constant(String name, double value) {
    ParameterLayout.Entry entry = layout.entry(name);
    for (long i = 0; i < entry.length(); i++) {
      values.set(entry.offset() + i, (float) value);
    }
  }

  /** One element, by its index within the parameter. */
  void set(String name, long index, double value) {
    values.set(layout.entry(name).offset() + index, (float) value);
  }

  FloatVector values() {
    return values;
  }
}
