package io.chorale.jobs.retrain;

import io.chorale.checkpoint.Provenance;
import io.chorale.config.DatasetSplit;
import io.chorale.config.Settings;
import io.chorale.config.SettingsException;
import io.chorale.data.Additions;
import io.chorale.data.Dataset;
import io.chorale.io.Checksums;
import io.chorale.io.Storage;
import io.chorale.registry.RegisteredModel;
import io.chorale.registry.State;
import java.util.Optional;

/**
 * How much of a dataset a model has learnt.
 *
 * @param since additions that are no news: the model in production was trained on them, or a cycle
 *     was that made it worse; -1 where it has learnt nothing of the dataset
 * @param rows training rows that it has more
 * @param fresh those of them that no cycle has had
 */
record Coverage(int since, long rows, long fresh) {

  /**
   * By the cycles; where a person has put a model into use before the first one, by the dataset
   * that it was trained on. What was no better is tried again with what comes next, what was worse
   * is not.
   *
   * @throws SettingsException where the dataset is not the one that the last cycle had
   */
  static Coverage of(
      Storage storage,
      RegisteredModel model,
      Settings settings,
      State state,
      Cycles cycles,
      Dataset dataset) {
    cycles.last().ifPresent(last -> checkGrown(storage, dataset, last));
    Optional<Long> production = RetrainJob.production(state);
    int learnt =
        cycles.all().stream()
            .filter(cycle -> cycle.worse() || production.filter(cycle::made).isPresent())
            .mapToInt(Cycles.Cycle::additions)
            .max()
            .orElse(-1);
    int before =
        cycles.all().isEmpty() && production.isPresent()
            ? trained(storage, model, state, production.get(), dataset)
            : -1;
    int since = Math.max(learnt, before);
    int last = Math.max(since, cycles.last().map(Cycles.Cycle::additions).orElse(-1));
    return new Coverage(since, rows(settings, dataset, since), rows(settings, dataset, last));
  }

  private static long rows(Settings settings, Dataset dataset, int since) {
    return dataset.manifest().split(DatasetSplit.TRAIN).shards().stream()
        .filter(shard -> CycleShards.isNew(shard, since))
        .filter(shard -> CycleShards.counts(dataset.manifest(), settings, shard))
        .mapToLong(shard -> shard.rows())
        .sum();
  }

  private static void checkGrown(Storage storage, Dataset dataset, Cycles.Cycle last) {
    Optional<String> found = fingerprint(storage, dataset, last.additions());
    if (!found.equals(Optional.of(last.dataset()))) {
      throw new SettingsException(
          "Cannot retrain on dataset %s: it is not the one that cycle %d had, grown, expected the fingerprint %s with %d additions (found: %s). Restore it, or choose another registry.name."
              .formatted(
                  dataset.directory(),
                  last.number(),
                  last.dataset(),
                  last.additions(),
                  found.orElse("fewer additions")));
    }
  }

  /** The fingerprint that a dataset had with so many additions, where that is known. */
  static Optional<String> fingerprint(Storage storage, Dataset dataset, int additions) {
    return additions == dataset.manifest().additions().size()
        ? Optional.of(dataset.fingerprint())
        : Additions.bytes(storage, dataset, additions).map(Checksums::sha256);
  }

  /** How many additions the dataset had that a version was trained on; -1 where it was none. */
  private static int trained(
      Storage storage, RegisteredModel model, State state, long version, Dataset dataset) {
    String found = model.facts(state, version).datasets().get(Provenance.DATASET);
    for (int number = dataset.manifest().additions().size(); number >= 0; number--) {
      if (fingerprint(storage, dataset, number).filter(each -> each.equals(found)).isPresent()) {
        return number;
      }
    }
    return -1;
  }
}
