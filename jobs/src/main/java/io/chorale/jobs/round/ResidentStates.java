package io.chorale.jobs.round;

import io.chorale.train.WorkerState;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The states of workers that wait in this process's memory from one round to the next, where no
 * checkpoint has them. Nothing is copied: a round takes a state and changes it in place, so each is
 * there once, for whoever takes it first. Where it is gone, it is computed again; see {@link
 * RoundTask}.
 */
final class ResidentStates {
  private static final Map<Key, WorkerState> STATES = new ConcurrentHashMap<>();

  private ResidentStates() {}

  /**
   * Identifies a state.
   *
   * @param training that it belongs to
   * @param round after which it is the worker's
   */
  record Key(String training, long round, int worker) {}

  /** The state, which is the caller's from here on; null where it is not here. */
  static WorkerState take(Key key) {
    return STATES.remove(key);
  }

  /**
   * Leaves a state. What nobody will take any more goes: of the worker all that is older, of the
   * others what was left before the round that is done; their next rounds were computed elsewhere.
   *
   * @param state no longer the caller's
   */
  static void put(Key key, WorkerState state) {
    free(STATES.put(key, state));
    for (Key other : STATES.keySet()) {
      if (other.training.equals(key.training)
          && other.round < (other.worker == key.worker ? key.round : key.round - 1)) {
        free(STATES.remove(other));
      }
    }
  }

  /** Frees all states of a training. */
  static void end(String training) {
    for (Key key : STATES.keySet()) {
      if (key.training.equals(training)) {
        free(STATES.remove(key));
      }
    }
  }

  private static void free(WorkerState state) {
    if (state != null) {
      state.close();
    }
  }
}
