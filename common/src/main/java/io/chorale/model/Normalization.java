package io.chorale.model;

/**
 * The parameters of a layer norm (Ba et al., 2016) or an RMS norm (Zhang and Sennrich, 2019).
 *
 * @param scale [C]
 * @param shift [C]; null where there is none
 * @param epsilon is added to the variance or the mean square
 */
record Normalization(Slot scale, Slot shift, double epsilon) {}
