package io.chorale.jobs.retrain;

import io.chorale.checkpoint.TrainedModel;
import io.chorale.config.AverageSettings.Format;
import io.chorale.config.ChoraleException;
import io.chorale.config.DatasetSplit;
import io.chorale.config.RetrainSettings;
import io.chorale.config.Settings;
import io.chorale.config.SettingsException;
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
 * Trains, judges and registers the candidate of a cycle.
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

  /** Runs the cycle, which has something to learn. */
  CycleOutcome run(State state, Cycles cycles, Coverage coverage) {
    Optional<Long> production = RetrainJob.production(state);
    long parent = fromScratch(production) ? 0 : production.orElseThrow();
    long number = cycles.all().size() + 1L;
    CycleTraining training =
        new CycleTraining(session, storage, settings, dataset, coverage.since());
    CycleDirectory directory =
        CycleDirectory.of(storage, settings, number, training.made(parent, model, state));
    out.printf(
        "Cycle %d of %s: %,d new training rows, %s%n",
        number,
        model.name(),
        coverage.rows(),
        parent == 0 ? "from random parameters" : "from version " + parent);
    out.flush();
    checkHeldOut(production);
    Settings wanted =
        parent == 0
            ? training.fromScratch(directory)
            : training.onward(directory, model.directory(parent), number);
    new TrainJob(session.context(), storage, wanted, out).run();
    lease.check();
    Scorecard scorecard = judge(wanted, production, cycles, coverage);
    lease.check();
    CycleOutcome.Kind kind = kind(scorecard);
    checkUnchanged(state);
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

  /**
   * Refuses, before anything is trained, what could not be judged.
   *
   * @throws SettingsException where nothing is held out, or the model in production reads the rows
   *     otherwise
   */
  private void checkHeldOut(Optional<Long> production) {
    DatasetSplit split = settings.evaluate().split();
    Task task = Task.of(settings, dataset.schema(), "dataset " + dataset.directory());
    EvaluateJob.check(task, dataset, split);
    if (production.isEmpty()) {
      return;
    }
    TrainedModel current = open(production.get());
    boolean same =
        current.task().feed().parts(dataset, split).equals(task.feed().parts(dataset, split));
    for (String column : current.task().feed().columns()) {
      same &= current.schema().facts(column).meansAs(dataset.schema().facts(column));
    }
    if (!same) {
      throw new SettingsException(
          "Cannot compare a candidate with version %d of %s: that was trained with another train.context, tokenizer, labels or scale, expected those of the dataset and the settings. Set them as it has them, or choose another registry.name."
              .formatted(production.get(), model.name()));
    }
  }

  /** The model of a version, to be measured on the dataset. */
  private TrainedModel open(long version) {
    return TrainedModel.open(
        storage,
        SettingsFile.with(
            settings, "run.path=" + model.directory(version), "data.path=" + dataset.directory()),
        RetrainJob.candidate());
  }

  /**
   * Refuses a candidate that was judged beside what is in use no more.
   *
   * @param before what there was when the cycle began
   */
  private void checkUnchanged(State before) {
    State now = model.newest().state();
    if (!RetrainJob.production(now).equals(RetrainJob.production(before))
        || now.next() != before.next()) {
      throw new ChoraleException(
          "Cannot register the candidate of this cycle: model %s was changed meanwhile, expected that nobody adds or promotes versions while a cycle is at work. Run again: it is judged anew."
              .formatted(model.name()));
    }
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
    return gate.judge(production.get(), measured(open(production.get())), found);
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
            scorecard.worse(),
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
