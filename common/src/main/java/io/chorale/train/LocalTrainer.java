package io.chorale.train;

import io.chorale.io.FloatSlices;

/** Trains workers, whatever is trained: each by local steps on data of its own. */
public interface LocalTrainer {
  /** The state before the first local step: zeros. The caller closes it. */
  WorkerState fresh();

  /**
   * Begins a worker's part of a round.
   *
   * @param anchor the parameters at the start of the round; not changed
   * @param state what it was after the worker's last round, in memory that {@link #fresh} made or
   *     as much: from here on the training's, until it is closed
   * @return to be closed by the caller, before the state
   */
  LocalTraining begin(FloatSlices anchor, WorkerState state);
}
