package io.chorale.checkpoint;

import io.chorale.config.SettingsException;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * Names the checkpoint of a run that is opened: the {@code last} one, the {@code best} one by the
 * validation measure, or that of a round.
 *
 * @param name {@code last}, {@code best} or the number of a round
 */
public record CheckpointChoice(String name) {
  /** The newest one. */
  public static final CheckpointChoice LAST = new CheckpointChoice("last");

  /** The one of the {@link BestRound}. */
  public static final CheckpointChoice BEST = new CheckpointChoice("best");

  public CheckpointChoice {
    if (!name.matches("last|best|[1-9][0-9]{0,17}")) {
      throw new SettingsException(
          "Cannot choose checkpoint %s: it is no name of one, expected best, last or the number of a round, from 1. Correct --checkpoint."
              .formatted(name));
    }
  }

  /**
   * The chosen checkpoint.
   *
   * @throws SettingsException where the run does not have it, naming the rounds that it has
   */
  public CheckpointManifest of(RunDirectory run) {
    if (!this.equals(LAST) && !this.equals(BEST)) {
      // By its name: a store may list what is new a little late.
      Optional<CheckpointManifest> found = run.checkpoints().find(Long.parseLong(name));
      if (found.isPresent()) {
        return found.get();
      }
    }
    CheckpointManifest last =
        run.checkpoints()
            .latest()
            .orElseThrow(
                () ->
                    new SettingsException(
                        "Cannot open run %s: no round was committed, expected at least one. Train it."
                            .formatted(run.path())));
    return switch (name) {
      case "last" -> last;
      case "best" ->
          kept(
              run,
              BestRound.of(last)
                  .orElseThrow(
                      () ->
                          new SettingsException(
                              ("Cannot open the best checkpoint of run %s: up to its last round %d"
                                      + " none was evaluated, expected one. Choose --checkpoint last,"
                                      + " or train on with a split to evaluate.")
                                  .formatted(run.path(), last.round())))
                  .round());
      default -> kept(run, Long.parseLong(name));
    };
  }

  private CheckpointManifest kept(RunDirectory run, long round) {
    Optional<CheckpointManifest> found = run.checkpoints().find(round);
    return found.orElseThrow(
        () -> {
          List<Long> rounds = run.checkpoints().committed();
          String what = this.equals(BEST) ? "the best checkpoint" : "checkpoint " + round;
          return new SettingsException(
              ("Cannot open %s of run %s: round %d is not kept, expected one of the rounds %s."
                      + " Choose one of them as --checkpoint; run.keep and run.keep-best say what a"
                      + " training keeps.")
                  .formatted(
                      what,
                      run.path(),
                      round,
                      rounds.stream().map(String::valueOf).collect(Collectors.joining(", "))));
        });
  }
}
