package io.chorale.train;

import io.chorale.io.FloatSlices;

/**
 * A worker's part of a round, with its parameters in the memory in which they are trained. For one
 * thread at a time.
 *
 * <p>What the parameters and the worker's state are after {@link #run} is a pure function of the
 * anchor, the state before and the arguments of {@link #run}: the same bytes, whatever ran before
 * or runs beside it.
 */
public interface LocalTraining extends AutoCloseable {
  /**
   * Takes the local steps; to be called once.
   *
   * @throws NonFiniteLossException if a loss is infinite or not a number
   */
  WorkerResult run(int worker, StepRange range, StepListener listener);

  /** The worker's parameters, [P]. */
  FloatSlices parameters();

  /** Frees the memory of all but the state. */
  @Override
  void close();
}
