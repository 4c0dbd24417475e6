package io.chorale.jobs.retrain;

import io.chorale.config.SettingsException;
import io.chorale.io.SealedJson;
import io.chorale.registry.Attachment;
import io.chorale.registry.RegisteredModel;
import io.chorale.registry.State;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The cycles of a model, oldest first: which additions of the dataset each has trained on, and what
 * became of it. It comes into force by the commit that adds a cycle's version, so both are there or
 * neither. What the dataset has read, file by file, is in its own ledgers.
 */
record Cycles(List<Cycle> all) {
  /** The name of the file that holds them, among those that belong to the state of a model. */
  static final String NAME = "cycles";

  static final Cycles NONE = new Cycles(List.of());

  private static final SealedJson JSON =
      new SealedJson("chorale-cycles", 1, "restore it from a copy of the registry");

  Cycles {
    all = List.copyOf(all);
  }

  /**
   * A cycle.
   *
   * @param number from 1
   * @param since additions that were no news to it; -1 where all of the dataset was
   * @param additions that it has had in this one
   * @param dataset the fingerprint that it had
   * @param rows training rows that were new
   * @param outcome what became of it
   * @param worse whether its candidate was worse on a slice: what it learnt is not tried again
   * @param version that it has made
   * @param parent the version whose parameters it began from; 0 where from random ones
   * @param replay the share of what it was trained on that was old
   * @param fixed the measure of what was in use after it on the fixed slice; not there where
   *     nothing was measured
   */
  record Cycle(
      long number,
      int since,
      int additions,
      String dataset,
      long rows,
      CycleOutcome.Kind outcome,
      boolean worse,
      long version,
      long parent,
      double replay,
      List<Double> fixed) {
    Cycle {
      fixed = List.copyOf(fixed);
    }

    /** Whether it has made that version. */
    boolean made(long number) {
      return version == number;
    }
  }

  /** Those that the state of a model names. */
  static Cycles of(RegisteredModel model, State state) {
    Attachment attached = state.attached().get(NAME);
    return attached == null ? NONE : JSON.read(model.read(attached), attached.path(), Cycles.class);
  }

  /**
   * The one that has made a version.
   *
   * @throws SettingsException where none has
   */
  Cycle of(long version, String model) {
    return all.stream()
        .filter(cycle -> cycle.version() == version)
        .findFirst()
        .orElseThrow(
            () ->
                new SettingsException(
                    "Cannot rebuild version %d of %s: no cycle has made it, expected one of %s. Choose one of them."
                        .formatted(version, model, all.stream().map(Cycle::version).toList())));
  }

  Optional<Cycle> last() {
    return all.isEmpty() ? Optional.empty() : Optional.of(all.get(all.size() - 1));
  }

  /** With one more. */
  Cycles and(Cycle next) {
    List<Cycle> more = new ArrayList<>(all);
    more.add(next);
    return new Cycles(more);
  }

  /** The best measure of the fixed slice of all that was in use. */
  Optional<Double> bestFixed(boolean higher) {
    return all.stream()
        .flatMap(cycle -> cycle.fixed().stream())
        .reduce((one, other) -> higher ? Math.max(one, other) : Math.min(one, other));
  }

  byte[] toBytes() {
    return JSON.write(this);
  }
}
