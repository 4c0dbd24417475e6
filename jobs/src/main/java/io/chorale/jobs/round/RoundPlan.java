package io.chorale.jobs.round;

import io.chorale.checkpoint.CheckpointFile;
import io.chorale.train.LocalTrainer;
import io.chorale.train.StepRange;
import java.io.Serializable;
import java.util.List;
import org.apache.hadoop.fs.Path;

/**
 * The part of each worker in one round.
 *
 * @param round from 1
 * @param firstStep place of the round's first local step in the learning-rate schedule
 * @param parts of the workers, by their number
 * @param inherits whether their states are of workers with other shards; see {@link
 *     LocalTrainer#INHERITED}
 * @param resident whether their states are with the executors, left by the round before; else in a
 *     checkpoint
 * @param saves whether they write their states to the checkpoint to come; else these stay with the
 *     executors
 * @param checkpoint directory of the checkpoint to come
 * @param previousCheckpoint directory of the last one
 */
public record RoundPlan(
    long round,
    long firstStep,
    List<Part> parts,
    boolean inherits,
    boolean resident,
    boolean saves,
    Path checkpoint,
    Path previousCheckpoint)
    implements Serializable {

  /**
   * What one worker does.
   *
   * @param shards that it trains on: passes over them, as {@link io.chorale.data.Mix} counts them
   * @param range its local steps
   * @param state in the last checkpoint; null where there is none
   */
  record Part(int[] shards, StepRange range, CheckpointFile state) implements Serializable {}

  Part part(int worker) {
    return parts.get(worker);
  }

  public int workers() {
    return parts.size();
  }

  /** Local steps of the worker that takes most. */
  public long steps() {
    return parts.stream().mapToLong(part -> part.range().count()).max().orElse(0);
  }

  /** Local steps of all workers together. */
  public long totalSteps() {
    return parts.stream().mapToLong(part -> part.range().count()).sum();
  }
}
