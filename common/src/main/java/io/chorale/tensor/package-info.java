/**
 * The seam to libtorch: natives, threads, the memory of a step, flat parameters, and the tape of a
 * way back that autograd does not go alone.
 */
package io.chorale.tensor;
