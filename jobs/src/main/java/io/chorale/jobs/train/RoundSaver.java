package io.chorale.jobs.train;

import io.chorale.average.Anchor;
import io.chorale.checkpoint.BestRound;
import io.chorale.checkpoint.CheckpointFile;
import io.chorale.checkpoint.CheckpointStore;
import io.chorale.config.RunSettings;
import io.chorale.io.Storage;
import io.chorale.jobs.round.OpenRounds;
import io.chorale.model.ParameterLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Writes the files of checkpoints, and decides which checkpoints there are beside those that are
 * due.
 *
 * @param open rounds since the last checkpoint
 */
record RoundSaver(
    Storage storage,
    RunSettings settings,
    CheckpointStore checkpoints,
    ParameterLayout layout,
    OpenRounds open) {

  /** Whether a round is to be kept as the best one. */
  boolean keeps(long round, Optional<BestRound> best, Map<String, Double> validation) {
    return settings.keepBest()
        && !validation.isEmpty()
        && best.filter(found -> found.round() == round).isPresent();
  }

  /**
   * Writes the files of a round that is to be committed.
   *
   * @param saved the states of its workers, where they have saved them themselves
   */
  List<CheckpointFile> save(long round, Anchor anchor, Optional<List<CheckpointFile>> saved) {
    List<CheckpointFile> files =
        new ArrayList<>(checkpoints.save(round, layout, anchor.parameters(), anchor.state()));
    files.addAll(saved.orElseGet(() -> open.save(storage, checkpoints.path(round))));
    return files;
  }

  /** Deletes old checkpoints; the best ones stay where that is wanted. */
  void prune(Optional<BestRound> inTurn, Optional<BestRound> ofAll) {
    Set<Long> spared =
        settings.keepBest()
            ? Stream.of(inTurn, ofAll)
                .flatMap(Optional::stream)
                .map(BestRound::round)
                .collect(Collectors.toSet())
            : Set.of();
    checkpoints.prune(settings.keep(), spared);
  }
}
