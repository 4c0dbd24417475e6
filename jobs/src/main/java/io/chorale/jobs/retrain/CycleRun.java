package io.chorale.jobs.retrain;

import io.chorale.config.ChoraleException;
import io.chorale.config.RetrainSettings;
import io.chorale.config.Settings;
import io.chorale.data.Dataset;
import io.chorale.io.Storage;
import io.chorale.jobs.spark.Session;
import io.chorale.jobs.train.TrainJob;
import io.chorale.registry.Addition;
import io.chorale.registry.Condition;
import io.chorale.registry.HeldLease;
import io.chorale.registry.RegisteredModel;
import io.chorale.registry.Retention;
import io.chorale.registry.State;
import io.chorale.registry.Version;
import java.io.PrintWriter;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apache.hadoop.fs.Path;

/**
 * Trains, judges and registers the candidate of a cycle.
 *
 * @param model under the lease
 * @param dataset with all that is new
 * @param state of the model when the cycle begins
 * @param cycles before this one
 * @param coverage what of the dataset is new
 * @param end when the training ends with the round that is at work
 */
record CycleRun(
    Session session,
    Storage storage,
    Settings settings,
    PrintWriter out,
    RegisteredModel model,
    HeldLease lease,
    Dataset dataset,
    State state,
    Cycles cycles,
    Coverage coverage,
    Instant end) {

  /** Runs the cycle, which has something to learn. */
  CycleOutcome run() {
    CycleTraining training =
        new CycleTraining(session, storage, settings, dataset, coverage.since());
    CycleDirectory directory =
        CycleDirectory.of(storage, settings, number(), training.made(parent(), model, state));
    out.printf(
        "Cycle %d of %s: %,d new training rows, %s%n",
        number(),
        model.name(),
        coverage.rows(),
        parent() == 0 ? "from random parameters" : "from version " + parent());
    out.flush();
    CandidateJudge judge =
        new CandidateJudge(
            session, storage, settings, model, dataset, production(), cycles, coverage);
    judge.check();
    Optional<Drift> drift =
        new DriftJob(session.context(), storage, settings, dataset, number(), coverage.since())
            .run();
    drift.ifPresent(this::tell);
    double replay = parent() == 0 ? 0 : replay(drift);
    Settings wanted =
        parent() == 0
            ? training.fromScratch(directory)
            : training.onward(directory, model.directory(parent()), number(), replay);
    new TrainJob(session.context(), storage, wanted, out).run(round -> Instant.now().isAfter(end));
    lease.check();
    CandidateJudge.Judged judged = judge.judge(wanted, drift);
    lease.check();
    CycleOutcome.Kind kind = kind(judged.scorecard());
    RegisteredModel.Opened added = register(directory, judged, kind, replay);
    directory.deleteOthers(settings.retrain().keep());
    long inUse =
        kind == CycleOutcome.Kind.PROMOTED ? added.facts().number() : production().orElse(0L);
    return new CycleOutcome(
        kind,
        model.name(),
        number(),
        added.facts().number(),
        inUse,
        String.join("; ", judged.scorecard().reasons()));
  }

  private Optional<Long> production() {
    return RetrainJob.production(state);
  }

  private long number() {
    return cycles.all().size() + 1L;
  }

  /** The version that the training begins from; 0 where from random parameters. */
  private long parent() {
    return settings.retrain().from() == RetrainSettings.From.SCRATCH ? 0 : production().orElse(0L);
  }

  /** The share of old rows in what is trained on. */
  private double replay(Optional<Drift> drift) {
    RetrainSettings retrain = settings.retrain();
    boolean far = drift.filter(found -> found.shift() > retrain.driftLimit()).isPresent();
    return far ? Math.max(retrain.replay(), retrain.driftReplay()) : retrain.replay();
  }

  private void tell(Drift drift) {
    boolean far = drift.shift() > settings.retrain().driftLimit();
    out.printf("%s: %s%n", far ? "Warning: what is new drifts" : "Drift", drift);
    out.flush();
  }

  private CycleOutcome.Kind kind(Scorecard scorecard) {
    if (!scorecard.promotes()) {
      return CycleOutcome.Kind.KEPT;
    }
    return settings.retrain().promote() == RetrainSettings.Promote.AUTO
        ? CycleOutcome.Kind.PROMOTED
        : CycleOutcome.Kind.HELD;
  }

  private RegisteredModel.Opened register(
      CycleDirectory directory,
      CandidateJudge.Judged judged,
      CycleOutcome.Kind kind,
      double replay) {
    String alias =
        switch (kind) {
          case PROMOTED -> State.PRODUCTION;
          case HELD -> State.CANDIDATE;
          default -> "";
        };
    Scorecard scorecard = judged.scorecard();
    Cycles.Cycle cycle =
        new Cycles.Cycle(
            number(),
            coverage.since(),
            dataset.manifest().additions().size(),
            dataset.fingerprint(),
            coverage.rows(),
            kind,
            scorecard.worse(),
            state.next(),
            parent(),
            replay,
            kind == CycleOutcome.Kind.PROMOTED ? scorecard.fixed().stream().toList() : List.of());
    RegisteredModel.Opened added =
        model.add(
            new Addition(
                directory.run(),
                RetrainJob.candidate(),
                parent(),
                alias,
                beside(judged),
                new TreeMap<>(
                    Map.of(Cycles.NAME, model.write(Cycles.NAME, cycles.and(cycle).toBytes()))),
                "cycle %d: %s".formatted(number(), scorecard.reasons().get(0)),
                new Sound(judged.readBack())));
    model.retain(Retention.of(settings.registry()));
    return added;
  }

  /** What is kept of it beside the model. */
  private static SortedMap<String, byte[]> beside(CandidateJudge.Judged judged) {
    SortedMap<String, byte[]> files = new TreeMap<>();
    files.put(Version.SCORECARD, judged.scorecard().toBytes());
    judged.sums().toBytes().ifPresent(sums -> files.put(HeldOutSums.FILE, sums));
    return files;
  }

  /** The version answers as the candidate did, and what that was judged beside is still in use. */
  private final class Sound implements Condition {
    private final ReadBack readBack;

    Sound(ReadBack readBack) {
      this.readBack = readBack;
    }

    @Override
    public void written(Path directory, Version facts) {
      readBack.check(directory, facts);
    }

    @Override
    public void changes(State before) {
      // The number of this version has been given out since.
      if (!RetrainJob.production(before).equals(production())
          || before.next() != state.next() + 1) {
        throw new ChoraleException(
            "Cannot register the candidate of this cycle: model %s was changed meanwhile, expected that nobody adds or promotes versions while a cycle is at work. Run again: it is judged anew."
                .formatted(model.name()));
      }
    }
  }
}
