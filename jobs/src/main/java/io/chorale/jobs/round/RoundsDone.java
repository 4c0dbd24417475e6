package io.chorale.jobs.round;

import io.chorale.checkpoint.CheckpointManifest;

/**
 * The progress of a training: the last round that is done, whether it has a checkpoint or not.
 *
 * @param round 0 before the first
 * @param steps local steps of each worker so far
 * @param tokens trained on by all workers so far
 */
public record RoundsDone(long round, long steps, long tokens) {
  /** The progress that a checkpoint tells of. */
  public static RoundsDone of(CheckpointManifest committed) {
    return new RoundsDone(committed.round(), committed.steps(), committed.tokens());
  }
}
