package io.chorale.jobs.round;

import io.chorale.checkpoint.CheckpointFile;
import io.chorale.io.Storage;
import io.chorale.tensor.TensorStore;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.hadoop.fs.Path;
import org.apache.spark.api.java.function.Function2;

/** Writes the state that executors keep of a worker into a checkpoint to come. */
final class SaveTask implements Function2<Integer, Iterator<byte[]>, Iterator<CheckpointFile>> {
  private static final long serialVersionUID = 1L;

  private final Storage storage;
  private final Path checkpoint;

  /**
   * @param checkpoint its directory, absolute
   */
  SaveTask(Storage storage, Path checkpoint) {
    this.storage = storage;
    this.checkpoint = checkpoint;
  }

  @Override
  public Iterator<CheckpointFile> call(Integer worker, Iterator<byte[]> kept) {
    Map<String, TensorStore> state = new TreeMap<>();
    try {
      SlicesOfState.read(
          KeptParts.state(kept),
          (name, length) -> state.computeIfAbsent(name, made -> TensorStore.zeros(length)));
      return List.of(WorkerMemory.write(storage, checkpoint, worker, state)).iterator();
    } finally {
      state.values().forEach(TensorStore::close);
    }
  }
}
