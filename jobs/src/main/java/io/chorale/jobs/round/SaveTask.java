package io.chorale.jobs.round;

import io.chorale.checkpoint.CheckpointFile;
import io.chorale.io.Storage;
import java.util.Iterator;
import java.util.List;
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
    return List.of(
            RoundTask.write(storage, checkpoint, worker, SlicesOfState.read(KeptParts.state(kept))))
        .iterator();
  }
}
