package io.chorale.train;

import io.chorale.io.FloatVector;
import java.io.Serializable;
import java.util.Map;
import java.util.TreeMap;

/**
 * What a worker keeps from one round to the next beside the parameters: the optimizer's moments and
 * the hidden state that truncated backpropagation carries over.
 *
 * <p>Arrays by name; the loop that wrote them knows their meaning and shape.
 */
public final class WorkerState implements Serializable {
  private static final long serialVersionUID = 1L;

  private final TreeMap<String, FloatVector> arrays;

  /** A state of these arrays, by name; the vectors are not copied. */
  public WorkerState(Map<String, FloatVector> arrays) {
    this.arrays = new TreeMap<>(arrays);
  }

  /** The state before the first local step: empty. */
  public static WorkerState fresh() {
    return new WorkerState(Map.of());
  }

  /** The arrays, sorted by name. */
  public Map<String, FloatVector> arrays() {
    return java.util.Collections.unmodifiableMap(arrays);
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
