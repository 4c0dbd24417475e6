package io.chorale.jobs.retrain;

import io.chorale.checkpoint.Provenance;
import io.chorale.config.DatasetSplit;
import io.chorale.data.Additions;
import io.chorale.data.Dataset;
import io.chorale.io.Checksums;
import io.chorale.io.Storage;
import io.chorale.registry.RegisteredModel;
import io.chorale.registry.State;
import java.util.Optional;

/**
 * How much of a dataset the cycles of a model have trained on.
 *
 * @param since additions that it had in the last cycle; -1 where nothing of it was trained on
 * @param rows training rows that it has more now
 */
record Coverage(int since, long rows) {

  /**
   * By the last cycle, whatever became of its candidate: what has made a model worse is not tried
   * again. Where a person has put the model into use that a dataset's first cycle finds, by the
   * dataset that it was trained on.
   */
  static Coverage of(
      Storage storage, RegisteredModel model, State state, Cycles cycles, Dataset dataset) {
    int since =
        cycles
            .last()
            .map(Cycles.Cycle::additions)
            .orElseGet(
                () ->
                    RetrainJob.production(state)
                        .map(version -> trained(storage, model, state, version, dataset))
                        .orElse(-1));
    long rows =
        dataset.manifest().split(DatasetSplit.TRAIN).shards().stream()
            .filter(shard -> CycleShards.isNew(shard, since))
            .mapToLong(shard -> shard.rows())
            .sum();
    return new Coverage(since, rows);
  }

  /** How many additions the dataset had that a version was trained on; -1 where it was none. */
  private static int trained(
      Storage storage, RegisteredModel model, State state, long version, Dataset dataset) {
    String fingerprint = model.facts(state, version).datasets().get(Provenance.DATASET);
    int additions = dataset.manifest().additions().size();
    if (dataset.fingerprint().equals(fingerprint)) {
      return additions;
    }
    for (int number = additions - 1; number >= 0; number--) {
      Optional<byte[]> past = Additions.bytes(storage, dataset, number);
      if (past.map(Checksums::sha256).filter(sha -> sha.equals(fingerprint)).isPresent()) {
        return number;
      }
    }
    return -1;
  }
}
