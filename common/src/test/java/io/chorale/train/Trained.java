package io.chorale.train;

import io.chorale.io.FloatSlices;
import io.chorale.io.FloatVector;
import java.util.Map;
import java.util.TreeMap;

/**
 * A worker's round that is over, copied out of the memory in which it was trained.
 *
 * @param state by name
 */
public record Trained(FloatVector parameters, Map<String, FloatVector> state, WorkerResult result) {
  /** The state before the first local step. */
  public static final Map<String, FloatVector> FRESH = Map.of();

  /** Trains from an anchor and a state. */
  public static Trained by(
      LocalTrainer trainer,
      FloatSlices anchor,
      Map<String, FloatVector> state,
      int worker,
      StepRange range,
      StepListener listener) {
    try (WorkerState held = trainer.fresh()) {
      state.forEach(
          (name, values) -> {
            for (int slice = 0; slice < values.sliceCount(); slice++) {
              held.arrays().get(name).put(slice, values.slice(slice));
            }
          });
      try (LocalTraining training = trainer.begin(anchor, held)) {
        WorkerResult result = training.run(worker, range, listener);
        Map<String, FloatVector> after = new TreeMap<>();
        held.arrays().forEach((name, values) -> after.put(name, copy(values)));
        return new Trained(copy(training.parameters()), after, result);
      }
    }
  }

  private static FloatVector copy(FloatSlices values) {
    FloatVector copy = new FloatVector(values.length());
    for (int slice = 0; slice < values.sliceCount(); slice++) {
      copy.put(slice, values.slice(slice));
    }
    return copy;
  }
}
