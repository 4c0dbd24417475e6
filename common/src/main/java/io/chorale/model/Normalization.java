package io.chorale.model;

/**
 * The parameters of a layer norm (Ba et al., 2016) or an RMS norm (Zhang and Sennrich, 2019).
 *
 * @param scale [C]
 * @param shift [C]; null where there is none
 */
record Normalization(Slot scale, Slot shift) {
  static final double EPSILON = 1e-5;
}
