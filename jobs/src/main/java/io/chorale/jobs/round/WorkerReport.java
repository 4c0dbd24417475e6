package io.chorale.jobs.round;

import io.chorale.checkpoint.CheckpointFile;
import java.io.Serializable;
import java.util.Map;

/** The report of a worker on its round, beside the parameters. */
public sealed interface WorkerReport extends Serializable {
  int worker();

  /** Bytes of its slices as they were sent. */
  long bytesSent();

  /**
   * It has trained.
   *
   * @param steps local steps taken
   * @param tokens predicted in them
   * @param lossSum of all of them, in nats
   * @param seconds wall-clock time of the local steps
   * @param learningRate of the last local step
   * @param gradientNorms sum over the local steps, before clipping; not a number where nothing is
   *     clipped
   * @param squareMoved square of the Euclidean distance of its parameters from the anchor
   * @param state the worker's state, in the checkpoint of this round; null where it stays with the
   *     executor
   * @param place the executor, as Spark names places of tasks
   * @param engine what it computed with: versions of the natives, processor, device
   */
  record Trained(
      int worker,
      long steps,
      long tokens,
      double lossSum,
      double seconds,
      double learningRate,
      double gradientNorms,
      double squareMoved,
      long bytesSent,
      CheckpointFile state,
      String place,
      Map<String, String> engine)
      implements WorkerReport {}

  /**
   * It could not go on, and sent nothing.
   *
   * @param why as it is told to the user
   */
  record Stopped(int worker, String why) implements WorkerReport {
    @Override
    public long bytesSent() {
      return 0;
    }
  }

  /** It has sent its slices without any training. */
  record Sent(int worker, long bytesSent) implements WorkerReport {}
}
