package io.chorale.train;

import io.chorale.io.FloatSlices;
import io.chorale.io.FloatStore;
import java.util.Map;

/**
 * A worker's part of a round, with its parameters and its state in the memory in which they are
 * trained. For one thread at a time.
 *
 * <p>The order is: {@link #state} is filled with what it was after the worker's last round, {@link
 * #run} trains, {@link #parameters} and {@link #state} are read. What they hold then is a pure
 * function of the anchor, the state and the arguments of {@link #run}: the same bytes, whatever ran
 * before or runs beside it.
 */
public interface LocalTraining extends AutoCloseable {
  /**
   * The state that a worker keeps from one round to the next beside the parameters, as arrays that
   * have names; only the part of the training that fills an array knows its meaning and shape.
   *
   * @return by name, as long as {@link LocalTrainer#stateSizes} says: of zeros, which is the state
   *     before the first local step
   */
  Map<String, ? extends FloatStore> state();

  /**
   * Takes the local steps; to be called once.
   *
   * @throws NonFiniteLossException if a loss is infinite or not a number
   */
  WorkerResult run(int worker, StepRange range, StepListener listener);

  /** The worker's parameters, [P]. */
  FloatSlices parameters();

  /** Frees the memory. */
  @Override
  void close();
}
