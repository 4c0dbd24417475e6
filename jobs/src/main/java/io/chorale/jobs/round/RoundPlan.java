package io.chorale.jobs.round;

import io.chorale.checkpoint.CheckpointFile;
import io.chorale.train.StepRange;
import io.chorale.train.WorkerState;
import java.io.Serializable;
import org.apache.hadoop.fs.Path;

/** What each worker does in one round. */
public final class RoundPlan implements Serializable {
  private static final long serialVersionUID = 1L;

  /** From 1. */
  public final long round;

  /** Place of the round's first local step in the learning-rate schedule. */
  public final long firstStep;

  private final int[][] shards;
  private final StepRange[] ranges;
  private final CheckpointFile[] states;
  private final boolean inherits;
  private final Path checkpoint;
  private final Path previousCheckpoint;

  /**
   * @param shards of each worker
   * @param ranges local steps of each worker
   * @param states of each worker after the round before; null elements where there is none
   * @param inherits whether they are of workers with other shards
   * @param checkpoint directory of the checkpoint to come
   * @param previousCheckpoint directory of the one before
   */
  RoundPlan(
      long round,
      long firstStep,
      int[][] shards,
      StepRange[] ranges,
      CheckpointFile[] states,
      boolean inherits,
      Path checkpoint,
      Path previousCheckpoint) {
    this.round = round;
    this.firstStep = firstStep;
    this.shards = shards;
    this.ranges = ranges;
    this.states = states;
    this.inherits = inherits;
    this.checkpoint = checkpoint;
    this.previousCheckpoint = previousCheckpoint;
  }

  public int workers() {
    return shards.length;
  }

  int[] shards(int worker) {
    return shards[worker];
  }

  StepRange range(int worker) {
    return ranges[worker];
  }

  CheckpointFile state(int worker) {
    return states[worker];
  }

  /** Whether a worker only inherits its state; see {@link WorkerState#inherited}. */
  boolean inherits() {
    return inherits;
  }

  Path checkpoint() {
    return checkpoint;
  }

  Path previousCheckpoint() {
    return previousCheckpoint;
  }

  /** Local steps of the worker that takes most. */
  public long steps() {
    long most = 0;
    for (StepRange range : ranges) {
      most = Math.max(most, range.count());
    }
    return most;
  }

  /** Local steps of all workers together. */
  public long totalSteps() {
    long total = 0;
    for (StepRange range : ranges) {
      total += range.count();
    }
    return total;
  }
}
