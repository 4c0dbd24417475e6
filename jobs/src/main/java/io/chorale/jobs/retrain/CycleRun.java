package io.chorale.jobs.retrain;

import io.chorale.checkpoint.TrainedModel;
import io.chorale.config.AverageSettings.Format;
import io.chorale.config.RetrainSettings;
import io.chorale.config.Settings;
import io.chorale.config.SettingsFile;
import io.chorale.data.Dataset;
import io.chorale.data.DatasetManifest;
import io.chorale.io.Storage;
import io.chorale.jobs.evaluate.EvaluateJob;
import io.chorale.jobs.evaluate.PartSums;
import io.chorale.jobs.spark.Session;
import io.chorale.jobs.spark.SharedVector;
import io.chorale.jobs.train.TrainJob;
import io.chorale.registry.Addition;
import io.chorale.registry.HeldLease;
import io.chorale.registry.RegisteredModel;
import io.chorale.registry.Retention;
import io.chorale.registry.State;
import io.chorale.task.Task;
import java.io.PrintWriter;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * A cycle that has something to learn.
 *
 * @param model under the lease
 * @param dataset with all that is new
 */
record CycleRun(
    Session session,
    Storage storage,
    Settings settings,
    PrintWriter out,
    RegisteredModel model,
    HeldLease lease,
    Dataset dataset) {

  /** Trains, judges and registers a candidate. */
  CycleOutcome run(State state, Cycles cycles, Coverage coverage) {
    Optional<Long> production = RetrainJob.production(state);
    long parent = fromScratch(production) ? 0 : production.orElseThrow();
    long number = cycles.all().size() + 1L;
    CycleTraining training =
        new CycleTraining(session, storage, settings, out, dataset, coverage.since());
    CycleDirectory directory =
        CycleDirectory.of(storage, settings, number, training.made(parent, model, state));
    out.printf(
        "Cycle %d of %s: %,d new training rows, %s%n",
        number,
        model.name(),
        coverage.rows(),
        parent == 0 ? "from random parameters" : "from version " + parent);
    out.flush();
    Settings wanted =
        parent == 0
            ? training.fromScratch(directory)
            : training.onward(directory, model.directory(parent), number);
    new TrainJob(session.context(), storage, wanted, out).run();
    lease.check();
    Scorecard scorecard = judge(wanted, production, cycles, coverage);
    lease.check();
    CycleOutcome.Kind kind = kind(scorecard);
    RegisteredModel.Opened added =
        register(directory, parent, scorecard, kind, state, cycles, coverage, number);
    directory.deleteOthers(settings.retrain().keep());
    long inUse =
        kind == CycleOutcome.Kind.PROMOTED ? added.facts().number() : production.orElse(0L);
    return new CycleOutcome(
        kind,
        model.name(),
        number,
        added.facts().number(),
        inUse,
        String.join("; ", scorecard.reasons()));
  }

  private boolean fromScratch(Optional<Long> production) {
    return production.isEmpty() || settings.retrain().from() == RetrainSettings.From.SCRATCH;
  }

  private CycleOutcome.Kind kind(Scorecard scorecard) {
    if (!scorecard.promotes()) {
      return CycleOutcome.Kind.KEPT;
    }
    return settings.retrain().promote() == RetrainSettings.Promote.AUTO
        ? CycleOutcome.Kind.PROMOTED
        : CycleOutcome.Kind.HELD;
  }

  private Scorecard judge(
      Settings trained, Optional<Long> production, Cycles cycles, Coverage coverage) {
    Settings here = SettingsFile.with(trained, "data.path=" + dataset.directory());
    TrainedModel candidate = TrainedModel.open(storage, here, RetrainJob.candidate());
    Task task = candidate.task();
    DatasetManifest.Split split = dataset.manifest().split(settings.evaluate().split());
    Gate gate =
        new Gate(
            task,
            settings.retrain(),
            split,
            settings.evaluate().split().key(),
            coverage.since(),
            cycles.bestFixed(task.goal().higher()));
    List<PartSums> found = measured(candidate);
    if (production.isEmpty()) {
      return gate.first(found);
    }
    String path = model.directory(production.get()).toString();
    TrainedModel current =
        TrainedModel.open(
            storage, SettingsFile.with(here, "run.path=" + path), RetrainJob.candidate());
    return gate.judge(production.get(), measured(current), found);
  }

  private List<PartSums> measured(TrainedModel of) {
    SharedVector parameters = SharedVector.of(session.context(), of.parameters(), Format.FLOAT32);
    try {
      return EvaluateJob.batches(
          session.context(),
          storage,
          of.settings(),
          dataset,
          settings.evaluate().split(),
          parameters);
    } finally {
      SharedVector.destroy(session.context(), parameters);
    }
  }

  private RegisteredModel.Opened register(
      CycleDirectory directory,
      long parent,
      Scorecard scorecard,
      CycleOutcome.Kind kind,
      State state,
      Cycles cycles,
      Coverage coverage,
      long number) {
    String alias =
        switch (kind) {
          case PROMOTED -> State.PRODUCTION;
          case HELD -> State.CANDIDATE;
          default -> "";
        };
    Cycles.Cycle cycle =
        new Cycles.Cycle(
            number,
            coverage.since(),
            dataset.manifest().additions().size(),
            dataset.fingerprint(),
            coverage.rows(),
            kind,
            state.next(),
            parent,
            parent == 0 ? 0 : settings.retrain().replay(),
            kind == CycleOutcome.Kind.PROMOTED ? scorecard.fixed().stream().toList() : List.of());
    RegisteredModel.Opened added =
        model.add(
            new Addition(
                directory.run(),
                RetrainJob.candidate(),
                parent,
                alias,
                Optional.of(scorecard.toBytes()),
                new TreeMap<>(
                    Map.of(Cycles.NAME, model.write(Cycles.NAME, cycles.and(cycle).toBytes()))),
                "cycle %d: %s".formatted(number, scorecard.reasons().get(0))));
    model.retain(Retention.of(settings.registry()));
    return added;
  }
}
