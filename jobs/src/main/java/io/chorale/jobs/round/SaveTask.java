package io.chorale.jobs.round;

import io.chorale.checkpoint.CheckpointFile;
import io.chorale.io.Storage;
import io.chorale.train.WorkerState;
import java.util.Iterator;
import java.util.List;
import org.apache.hadoop.fs.Path;
import org.apache.spark.api.java.function.Function2;

/** Writes the state that an executor holds of a worker into a checkpoint to come. */
final class SaveTask implements Function2<Integer, Iterator<SlicePart>, Iterator<CheckpointFile>> {
  private static final long serialVersionUID = 1L;

  private final Storage storage;
  private final Path checkpoint;
  private final String training;
  private final long round;

  /**
   * @param checkpoint its directory, absolute
   * @param training that the state belongs to
   * @param round after which it is the worker's
   */
  SaveTask(Storage storage, Path checkpoint, String training, long round) {
    this.storage = storage;
    this.checkpoint = checkpoint;
    this.training = training;
    this.round = round;
  }

  @Override
  public Iterator<CheckpointFile> call(Integer worker, Iterator<SlicePart> computing) {
    try (WorkerState state =
        RoundTask.resident(new ResidentStates.Key(training, round, worker), computing)) {
      return List.of(RoundTask.write(storage, checkpoint, worker, state)).iterator();
    }
  }
}
