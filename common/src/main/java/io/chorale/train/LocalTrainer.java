package io.chorale.train;

import io.chorale.io.FloatSlices;
import java.util.Map;

/** Trains workers, whatever is trained: each by local steps on data of its own. */
public interface LocalTrainer {
  /**
   * Begins the names of those arrays of a worker's state that another worker can go on with, such
   * as an optimizer's moments: they describe the loss, which is the same for all. Every other array
   * belongs to this worker's place in its data, or to what it has done before.
   */
  String INHERITED = "optimizer.";

  /** Elements of the arrays of a worker's state, by name. */
  Map<String, Long> stateSizes();

  /**
   * Begins a worker's part of a round.
   *
   * @param anchor the parameters at the start of the round; not changed
   * @return to be closed by the caller
   */
  LocalTraining begin(FloatSlices anchor);
}
