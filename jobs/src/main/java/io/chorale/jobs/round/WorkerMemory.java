package io.chorale.jobs.round;

import io.chorale.average.Exchange;
import io.chorale.checkpoint.CheckpointFile;
import io.chorale.io.ArrayContent;
import io.chorale.io.FloatSlices;
import io.chorale.io.FloatStore;
import io.chorale.io.Storage;
import io.chorale.tensor.TensorStore;
import io.chorale.train.LocalTrainer;
import io.chorale.train.LocalTraining;
import java.util.Iterator;
import java.util.Map;
import java.util.TreeMap;
import org.apache.hadoop.fs.Path;

/**
 * What a worker holds in a round: its training, with parameters and state, and what rounding has
 * taken from its deltas. It is read and written slice by slice, so that the Java heap holds slices
 * alone.
 */
final class WorkerMemory implements AutoCloseable {
  /** What rounding has taken from the worker's deltas so far; part of its state. */
  private static final String RESIDUAL = "average.residual";

  private final LocalTraining training;
  private final TensorStore residual; // null where the exchange keeps none
  private boolean closed;

  private WorkerMemory(LocalTraining training, TensorStore residual) {
    this.training = training;
    this.residual = residual;
  }

  /** The memory of a worker that starts from the anchor, with the state of zeros. */
  static WorkerMemory of(LocalTrainer trainer, FloatSlices anchor, Exchange exchange) {
    LocalTraining training = trainer.begin(anchor);
    try {
      return new WorkerMemory(
          training, exchange.keepsResidual() ? TensorStore.zeros(anchor.length()) : null);
    } catch (RuntimeException | Error e) {
      training.close();
      throw e;
    }
  }

  LocalTraining training() {
    return training;
  }

  /** Null where the exchange keeps none. */
  FloatStore residual() {
    return residual;
  }

  /** All arrays of the worker's state, by name. */
  Map<String, FloatStore> state() {
    Map<String, FloatStore> state = new TreeMap<>(training.state());
    if (residual != null) {
      state.put(RESIDUAL, residual);
    }
    return state;
  }

  /** Fills the state with what an executor has kept of it. */
  void restore(Iterator<SlicePart.State> kept) {
    Map<String, FloatStore> state = state();
    SlicesOfState.read(kept, (name, length) -> state.get(name));
  }

  /**
   * Fills the state with what a checkpoint has of it.
   *
   * @param inherited whether it is another worker's: what belongs to that one stays behind
   */
  void restore(Storage storage, Path checkpoint, CheckpointFile file, boolean inherited) {
    Map<String, FloatStore> state = state();
    if (inherited) {
      state.replaceAll(
          (name, store) ->
              name.startsWith(LocalTrainer.INHERITED) ? store : new Ignored(store.length()));
    }
    file.fill(storage, checkpoint, state);
  }

  /** Takes values that nobody wants. */
  private record Ignored(long length) implements FloatStore {
    @Override
    public float[] slice(int index) {
      throw new UnsupportedOperationException();
    }

    @Override
    public void put(int index, float[] values) {}
  }

  /** Writes a worker's state into a checkpoint to come. */
  static CheckpointFile write(
      Storage storage, Path checkpoint, int worker, Map<String, ? extends FloatSlices> state) {
    return CheckpointFile.write(
        storage,
        checkpoint,
        CheckpointFile.worker(worker),
        "chorale-worker-1",
        ArrayContent.of(state));
  }

  /** Frees it; once more does nothing. */
  @Override
  public void close() {
    if (closed) {
      return;
    }
    closed = true;
    if (residual != null) {
      residual.close();
    }
    training.close();
  }
}
