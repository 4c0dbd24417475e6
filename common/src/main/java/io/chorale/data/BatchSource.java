package io.chorale.data;

/**
 * The training batches of one worker, as a pure function of the local step: whatever was read
 * before, and on whatever machine, the same step gives the same batch.
 */
public interface BatchSource {
  /** Batches of one pass over the worker's shards; the same in every epoch, at least 1. */
  long batchesPerEpoch();

  /**
   * The batch of a local step, which stands in epoch {@code step / batchesPerEpoch()}.
   *
   * @param step local steps of this worker before this one, in the whole run
   */
  Batch batch(long step);
}
