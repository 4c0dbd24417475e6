package io.chorale.train;

import io.chorale.io.FloatVector;
import java.io.Serializable;
import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;

/**
 * The state that a worker keeps from one round to the next beside the parameters: the optimizer's
 * moments and the hidden state that truncated backpropagation carries over.
 *
 * <p>It consists of arrays that have names; only the part of the training that writes an array
 * knows its meaning and shape. A name that begins with {@link #OPTIMIZER} says that another worker
 * can go on with the array, since it describes the loss, which is the same for all. Every other
 * array belongs to this worker's place in its data, or to what it has done before.
 */
public final class WorkerState implements Serializable {
  private static final long serialVersionUID = 1L;

  /** Begins the names of the optimizer's arrays. */
  public static final String OPTIMIZER = "optimizer.";

  private final TreeMap<String, FloatVector> arrays;

  /** A state of these arrays, by name; the vectors are not copied. */
  public WorkerState(Map<String, FloatVector> arrays) {
    this.arrays = new TreeMap<>(arrays);
  }

  /** The state before the first local step: empty. */
  public static WorkerState fresh() {
    return new WorkerState(Map.of());
  }

  /**
   * What is left for a worker that goes on from this state with other data: the optimizer's
   * moments. Without them its first steps, at a learning rate for the middle of a training, would
   * be wild.
   */
  public WorkerState inherited() {
    Map<String, FloatVector> kept = new TreeMap<>(arrays);
    kept.keySet().removeIf(name -> !name.startsWith(OPTIMIZER));
    return new WorkerState(kept);
  }

  /** The arrays, sorted by name. */
  public Map<String, FloatVector> arrays() {
    return Collections.unmodifiableMap(arrays);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof WorkerState state && arrays.equals(state.arrays);
  }

  @Override
  public int hashCode() {
    return arrays.hashCode();
  }

  @Override
  public String toString() {
    return "WorkerState" + arrays.keySet();
  }
}
