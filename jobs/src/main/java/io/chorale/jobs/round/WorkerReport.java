package io.chorale.jobs.round;

import io.chorale.checkpoint.CheckpointFile;
import io.chorale.tensor.Engine;
import io.chorale.train.WorkerResult;
import java.io.Serializable;
import java.util.LinkedHashMap;
import java.util.Map;

/** What a worker says of its round, beside the parameters. */
public final class WorkerReport implements Serializable {
  private static final long serialVersionUID = 1L;

  public final int worker;
  final long steps;
  public final long tokens;

  /** Sum of the losses of all tokens, in nats. */
  public final double lossSum;

  /** Wall-clock time of the local steps. */
  public final double seconds;

  /** Of the last local step. */
  public final double learningRate;

  /** Bytes of its slices as they were sent. */
  public final long bytesSent;

  /** The worker's state, in the checkpoint of this round. */
  public final CheckpointFile state;

  /** What it computed with: versions of the natives, processor, device. */
  public final Map<String, String> engine;

  /** Why the worker could not go on; null where it could. */
  public final String failure;

  WorkerReport(int worker, WorkerResult result, long bytesSent, CheckpointFile state) {
    this.worker = worker;
    this.steps = result.steps();
    this.tokens = result.tokens();
    this.lossSum = result.lossSum();
    this.seconds = result.seconds();
    this.learningRate = result.learningRate();
    this.bytesSent = bytesSent;
    this.state = state;
    this.engine = new LinkedHashMap<>(Engine.facts());
    this.engine.put("device", result.device());
    this.failure = null;
  }

  WorkerReport(int worker, String failure) {
    this.worker = worker;
    this.steps = 0;
    this.tokens = 0;
    this.lossSum = 0;
    this.seconds = 0;
    this.learningRate = 0;
    this.bytesSent = 0;
    this.state = null;
    this.engine = Map.of();
    this.failure = failure;
  }
}
