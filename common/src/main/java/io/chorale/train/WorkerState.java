package io.chorale.train;

import io.chorale.io.FloatStore;
import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;

/**
 * The state that a worker keeps from one round to the next beside the parameters, in the memory in
 * which it is trained: the optimizer's moments, the hidden state that truncated backpropagation
 * carries over.
 *
 * <p>It consists of arrays that have names; only the part of the training that fills an array knows
 * its meaning and shape. A name that begins with {@link #OPTIMIZER} says that another worker can go
 * on with the array, since it describes the loss, which is the same for all. Every other array
 * belongs to this worker's place in its data, or to what it has done before.
 */
public final class WorkerState implements AutoCloseable {
  /** Begins the names of the optimizer's arrays. */
  public static final String OPTIMIZER = "optimizer.";

  private final TreeMap<String, FloatStore> arrays;

  /**
   * A state of these arrays.
   *
   * @param arrays by name; from here on the state's, which frees their memory
   */
  public WorkerState(Map<String, ? extends FloatStore> arrays) {
    this.arrays = new TreeMap<>(arrays);
  }

  /** The arrays, sorted by name; who writes to them changes the state. */
  public Map<String, FloatStore> arrays() {
    return Collections.unmodifiableMap(arrays);
  }

  /** Frees the memory. */
  @Override
  public void close() {
    arrays.values().forEach(FloatStore::close);
  }
}
