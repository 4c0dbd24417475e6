/** The seam to libtorch: natives, threads, the memory of a step, flat parameters. */
package io.chorale.tensor;
