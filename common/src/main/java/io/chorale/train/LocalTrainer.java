package io.chorale.train;

import io.chorale.io.FloatSlices;
import java.util.Map;
import java.util.function.Supplier;

/**
 * Trains one worker from an anchor, by local steps on data of its own: the worker's part of a
 * round, whatever is trained.
 *
 * <p>{@link #run} must be a pure function: the same arguments give the same bytes, whatever ran
 * before or runs beside it.
 */
public interface LocalTrainer {
  /** Elements of the arrays that a worker's state has after a local step, by name. */
  Map<String, Long> stateSizes();

  /**
   * Trains from the anchor.
   *
   * @param anchor the parameters at the start of the round; not changed
   * @param state what {@link WorkerResult#state} was after this worker's last round; asked for once
   *     and not held, so that who gives it away need not either
   * @throws NonFiniteLossException if a loss is infinite or not a number
   */
  WorkerResult run(
      FloatSlices anchor,
      Supplier<WorkerState> state,
      int worker,
      StepRange range,
      StepListener listener);
}
