package io.chorale.jobs.retrain;

import io.chorale.checkpoint.CheckpointChoice;
import io.chorale.config.DataSettings;
import io.chorale.config.Settings;
import io.chorale.config.SettingsException;
import io.chorale.config.TaskSettings;
import io.chorale.data.Dataset;
import io.chorale.data.DatasetManifest;
import io.chorale.io.Storage;
import io.chorale.jobs.spark.Session;
import io.chorale.jobs.tokenize.TokenizeJob;
import io.chorale.registry.HeldLease;
import io.chorale.registry.RegisteredModel;
import io.chorale.registry.Registry;
import io.chorale.registry.State;
import io.chorale.registry.Version;
import java.io.PrintWriter;
import java.time.Instant;
import java.util.Optional;
import org.apache.hadoop.fs.Path;

/**
 * One cycle of retraining: adds to the dataset what is new of the corpus, trains a candidate,
 * judges it beside the model in production, and registers it; that comes into use only if it is
 * better.
 *
 * <p>Killed at any moment, the same command goes on: the dataset grows by whole additions, the
 * training by rounds, and the version, its aliases and the list of cycles come into force by one
 * commit. The lease of the model keeps others away meanwhile.
 */
public final class RetrainJob {
  private static final double MILLISECONDS = 60_000;

  private final Session session;
  private final Storage storage;
  private final Settings settings;
  private final PrintWriter out;
  private final TokenizeJob tokenize;
  private final RegisteredModel model;

  /** When a training ends with the round that is at work. */
  private final Instant end;

  /**
   * Writes nothing.
   *
   * @param out progress, a line each
   * @throws SettingsException where the settings lack what a cycle needs
   */
  public RetrainJob(Session session, Settings settings, PrintWriter out) {
    check(settings);
    this.session = session;
    this.storage = new Storage(session.context().hadoopConfiguration());
    this.settings = settings;
    this.out = out;
    double minutes = settings.retrain().minutes();
    this.end =
        minutes == 0 ? Instant.MAX : Instant.now().plusMillis((long) (minutes * MILLISECONDS));
    this.tokenize = new TokenizeJob(session, settings, false, out::println);
    this.model = Registry.of(storage, settings.registry()).model(settings.registry().name());
  }

  /** Refuses what can be refused by the settings alone. */
  public static void check(Settings settings) {
    TokenizeJob.check(settings);
    Storage.path("run.path", settings.run().path());
    if (settings.registry().name().isEmpty()) {
      throw new SettingsException(
          "Cannot retrain: registry.name is empty, expected the name of the model. Set it.");
    }
    if (settings.corpus().hasSteps() && !settings.data().borders().isEmpty()) {
      throw new SettingsException(
          "Cannot retrain on steps of series: data.borders is %s, expected none, since what comes behind the last one is left out. Leave it out, and tokenize with --overwrite."
              .formatted(settings.data().borders()));
    }
    if (settings.data().split() != DataSettings.Split.DOCUMENT) {
      throw new SettingsException(
          "Cannot retrain: data.split is tail, expected document, as the tail of a corpus that grows is another one. Set data.split, and tokenize with --overwrite.");
    }
    if (settings.task().kind() == TaskSettings.Kind.WORD_VECTORS) {
      throw new SettingsException(
          "Cannot retrain word vectors: task.kind is word-vectors, expected another kind, as their words are those of the dataset, which changes. Train anew.");
    }
  }

  /**
   * Runs a cycle, if there is anything to learn.
   *
   * @throws HeldLease.Taken where another process works on the model
   */
  public CycleOutcome run() {
    if (!mayHaveNews()) {
      return nothing("the dataset has all of the corpus, and its cycles are done");
    }
    try (HeldLease lease = HeldLease.take(model, settings.retrain().leaseSeconds())) {
      Dataset dataset = grown();
      RegisteredModel held = model.under(lease);
      State state = held.newest().state();
      Cycles cycles = Cycles.of(held, state);
      Coverage coverage = Coverage.of(storage, held, settings, state, cycles, dataset);
      if (!begins(state, cycles, coverage)) {
        return nothing(few(state, coverage));
      }
      try {
        return new CycleRun(
                session, storage, settings, out, held, lease, dataset, state, cycles, coverage, end)
            .run();
      } catch (CycleTraining.TooLittle e) {
        return nothing("what is new is not even a batch, and waits for more: " + e.getMessage());
      }
    }
  }

  /** Looks, without a lease and without writing, whether a cycle could have anything to do. */
  private boolean mayHaveNews() {
    Path data = Storage.path("data.path", settings.data().path());
    if (!storage.exists(new Path(data, DatasetManifest.FILE))) {
      return true;
    }
    State state = model.newest().state();
    Cycles cycles = Cycles.of(model, state);
    Coverage coverage =
        Coverage.of(storage, model, settings, state, cycles, Dataset.open(storage, data));
    return begins(state, cycles, coverage) || tokenize.hasNews();
  }

  private boolean begins(State state, Cycles cycles, Coverage coverage) {
    boolean first = production(state).isEmpty() && cycles.all().isEmpty();
    return first || coverage.fresh() >= settings.retrain().minRows();
  }

  private String few(State state, Coverage coverage) {
    String few =
        "%d training rows are new, fewer than retrain.min-rows %d"
            .formatted(coverage.fresh(), settings.retrain().minRows());
    return production(state).isPresent()
        ? few
        : few
            + ", and no version is in use: promote one (chorale models promote), or begin again under another registry.name";
  }

  private Dataset grown() {
    tokenize.add();
    return Dataset.open(storage, Storage.path("data.path", settings.data().path()));
  }

  static Optional<Long> production(State state) {
    return Optional.ofNullable(state.aliases().get(State.PRODUCTION));
  }

  /** There is nothing to learn; but the last cycle may not have come to tell its outcome. */
  private CycleOutcome nothing(String reason) {
    State state = model.newest().state();
    long production = production(state).orElse(0L);
    Optional<Cycles.Cycle> last = Cycles.of(model, state).last();
    if (last.isPresent() && last.get().number() > new OutcomeFile(storage, settings).told()) {
      return untold(last.get(), production);
    }
    return new CycleOutcome(CycleOutcome.Kind.NOTHING_NEW, model.name(), 0, 0, production, reason);
  }

  private CycleOutcome untold(Cycles.Cycle cycle, long production) {
    Path scorecard = new Path(model.directory(cycle.version()), Version.SCORECARD);
    String reasons =
        storage.exists(scorecard)
            ? String.join("; ", Scorecard.reasons(storage, scorecard))
            : "its version has been removed since";
    return new CycleOutcome(
        cycle.outcome(), model.name(), cycle.number(), cycle.version(), production, reasons);
  }

  /** Which checkpoint of a cycle's run is its candidate. */
  static CheckpointChoice candidate() {
    return CheckpointChoice.LAST;
  }
}
