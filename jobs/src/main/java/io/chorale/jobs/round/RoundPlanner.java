package io.chorale.jobs.round;

import io.chorale.checkpoint.CheckpointFile;
import io.chorale.checkpoint.CheckpointManifest;
import io.chorale.checkpoint.CheckpointStore;
import io.chorale.config.TrainSettings;
import io.chorale.data.Feed;
import io.chorale.data.Mix;
import io.chorale.train.StepRange;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/**
 * Plans rounds: arithmetic on the settings, the shard sizes and the rounds that are done.
 *
 * <p>Where the number of workers is another than in that round, the shards are dealt anew, worker i
 * inherits from the one that was i modulo the old number, and each goes on at the same place of its
 * own data: the same number of batches, or of epochs, from their begin.
 */
public final class RoundPlanner {
  private final TrainSettings train;
  private final int[][] shards;
  private final long steps;

  /** Batches of one pass over each worker's shards. */
  private final long[] batchesPerEpoch;

  /**
   * @param feed how the dataset becomes batches
   * @param mix what an epoch goes through
   * @throws io.chorale.config.SettingsException where the data do not give every worker a batch
   */
  public RoundPlanner(TrainSettings train, Feed feed, Mix mix) {
    this.train = train;
    this.shards = mix.deal(train.seed(), train.workers(), feed::size);
    this.batchesPerEpoch =
        Arrays.stream(shards)
            .map(own -> Arrays.stream(own).mapToObj(mix::shard).toList())
            .mapToLong(feed::batchesPerEpoch)
            .toArray();
    this.steps = train.epochs() == 0 ? train.steps() : Math.multiplyExact(train.epochs(), most());
  }

  private long most() {
    return Arrays.stream(batchesPerEpoch).max().orElseThrow();
  }

  /** Local steps of the whole training, for the worker that takes most. */
  public long steps() {
    return steps;
  }

  /** Local steps of a round for the worker that takes most; the last round may have fewer. */
  public long stepsPerRound() {
    return train.averagesByEpoch() ? most() : train.stepsPerRound();
  }

  /**
   * Rounds of the whole training.
   *
   * @param committed the last committed round
   */
  public long rounds(CheckpointManifest committed) {
    long left = steps - committed.steps();
    long perRound = stepsPerRound();
    return committed.round() + (left + perRound - 1) / perRound;
  }

  /**
   * The round after the last one.
   *
   * @param done the last one
   * @param committed the last one with a checkpoint, or {@link CheckpointManifest#start}
   * @param checkpoints where that lies
   * @param every rounds from one checkpoint to the next; the last round has one, too
   */
  public RoundPlan next(
      RoundsDone done, CheckpointManifest committed, CheckpointStore checkpoints, int every) {
    long firstStep = done.steps();
    List<RoundPlan.Part> parts = new ArrayList<>();
    Map<String, CheckpointFile> states = committed.parts();
    for (int worker = 0; worker < shards.length; worker++) {
      // A worker with less data than the others ends an epoch with fewer steps than they.
      long full = train.averagesByEpoch() ? batchesPerEpoch[worker] : train.stepsPerRound();
      long firstBatch = train.averagesByEpoch() ? done.round() * full : firstStep;
      long count = Math.min(full, steps - firstStep);
      CheckpointFile state = states.get(CheckpointFile.worker(worker % committed.workers()));
      parts.add(
          new RoundPlan.Part(shards[worker], new StepRange(firstStep, firstBatch, count), state));
    }
    long round = done.round() + 1;
    boolean last = firstStep + stepsPerRound() >= steps;
    return new RoundPlan(
        round,
        firstStep,
        parts,
        committed.workers() != shards.length,
        done.round() > committed.round(),
        last || round % every == 0,
        checkpoints.path(round),
        checkpoints.path(committed.round()));
  }
}
