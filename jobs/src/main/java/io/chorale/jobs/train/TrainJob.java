package io.chorale.jobs.train;

import io.chorale.average.Anchor;
import io.chorale.average.Distance;
import io.chorale.average.Exchange;
import io.chorale.average.OuterOptimizer;
import io.chorale.checkpoint.BestRound;
import io.chorale.checkpoint.CheckpointFile;
import io.chorale.checkpoint.CheckpointManifest;
import io.chorale.checkpoint.CheckpointStore;
import io.chorale.checkpoint.OtherMachine;
import io.chorale.checkpoint.RoundMetrics;
import io.chorale.checkpoint.RunDirectory;
import io.chorale.config.DatasetSplit;
import io.chorale.config.Settings;
import io.chorale.config.SettingsException;
import io.chorale.config.SettingsFile;
import io.chorale.config.TaskSettings.Kind;
import io.chorale.data.Dataset;
import io.chorale.data.Mix;
import io.chorale.embed.SkipGramObjective;
import io.chorale.export.PublishedModel;
import io.chorale.io.Storage;
import io.chorale.jobs.console.Stopwatch;
import io.chorale.jobs.embed.VectorSubject;
import io.chorale.jobs.evaluate.EvaluateJob;
import io.chorale.jobs.monitor.LiveTraining;
import io.chorale.jobs.round.OpenRounds;
import io.chorale.jobs.round.RoundJob;
import io.chorale.jobs.round.RoundPlan;
import io.chorale.jobs.round.RoundPlanner;
import io.chorale.jobs.round.RoundTask;
import io.chorale.jobs.round.RoundsDone;
import io.chorale.jobs.round.Subject;
import io.chorale.jobs.round.WorkerProgress;
import io.chorale.jobs.round.WorkerReport;
import io.chorale.jobs.spark.SharedVector;
import io.chorale.model.ParameterLayout;
import io.chorale.task.Objective;
import io.chorale.task.Task;
import java.io.PrintWriter;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongPredicate;
import org.apache.spark.api.java.JavaSparkContext;

/**
 * A training: restore or start; while rounds remain: run the round on the workers from the anchor,
 * average what they return, take the outer step, evaluate, commit the checkpoint where one is due,
 * report.
 */
public final class TrainJob {
  private final JavaSparkContext spark;
  private final Storage storage;
  private final Settings settings;
  private final Dataset dataset;
  private final Subject subject;
  private final Objective objective;
  private final ParameterLayout layout;
  private final TrainingRun run;
  private final CheckpointStore checkpoints;
  private final OuterOptimizer outer;
  private final Mix mix;
  private final RoundPlanner planner;
  private final TrainReporter reporter;

  /** Of the next round; null before {@link #run}. */
  private Anchor anchor;

  /** The anchor on the executors; null before the first round. */
  private SharedVector shared;

  private final OpenRounds open;

  private final RoundSaver saver;

  private final RoundFailures failures;

  /** What a worker computed with in the last round. */
  private Map<String, String> engine = Map.of();

  /**
   * The best model of the committed rounds that were evaluated in turn; empty before the first.
   * What patience counts: see {@link RunDirectory#bestInTurn}.
   */
  private Optional<BestRound> best;

  /** How many times the training was begun or gone on with; 0 before {@link #run}. */
  private int starts;

  /** Whether the user knows that not all was computed by the same kind of machine. */
  private boolean warned;

  private boolean toldOfCheckpoints;

  /** Of the rounds that this job ran itself. */
  private final List<RoundMetrics> measurements = new ArrayList<>();

  /**
   * Checks settings and data; writes nothing.
   *
   * @throws SettingsException where the settings and the dataset do not go together
   */
  public TrainJob(JavaSparkContext spark, Storage storage, Settings asked, PrintWriter out) {
    Settings given = PublishedModel.settled(storage, asked);
    this.spark = spark;
    this.storage = storage;
    this.open = new OpenRounds(spark);
    this.run = new TrainingRun(spark, storage, given);
    this.failures = new RoundFailures(run);
    this.dataset = run.dataset();
    Objective wanted =
        SkipGramObjective.atMost(given, dataset.schema(), "dataset " + dataset.directory());
    EvaluateJob.checkTraining(wanted, dataset, given);
    this.mix = Mix.of(dataset.manifest(), given.train().weights());
    this.planner = new RoundPlanner(given.train(), wanted.feed(), mix);
    this.settings = SettingsFile.with(given, "train.steps=" + planner.steps());
    this.checkpoints = run.checkpoints();
    this.outer = OuterOptimizer.of(settings.average(), settings.train().workers());
    this.subject =
        settings.task().kind() == Kind.WORD_VECTORS
            ? new VectorSubject(spark, storage, settings, dataset, run.begun())
            : new TaskSubject(spark, storage, settings, dataset, run.begun());
    this.objective = subject.objective();
    this.layout = objective.layout();
    this.saver = new RoundSaver(storage, settings.run(), checkpoints, layout, open);
    this.best = run.directory().bestInTurn(run.committed(), settings.evaluate().every());
    this.reporter =
        new TrainReporter(
            spark, out, planner.rounds(run.committed()), settings.train().steps(), objective);
  }

  /** Trains as the settings say: by rounds or, word vectors, by MLlib. */
  public static void train(
      JavaSparkContext spark, Storage storage, Settings settings, PrintWriter out) {
    if (settings.vectors().byMllib()) {
      new MllibJob(spark, storage, settings, out).run();
    } else {
      new TrainJob(spark, storage, settings, out).run();
    }
  }

  /** Trains until all local steps are taken, or the model gets no better. */
  public void run() {
    run(round -> false);
  }

  /**
   * As {@link #run()}, or until enough rounds are done.
   *
   * @param enough asked after each round with its number; the model is then that of this round
   */
  public void run(LongPredicate enough) {
    restoreOrStart();
    try (reporter;
        subject) {
      share();
      while (!ended() && !isEnough(enough)) {
        round(planner.next(run.done(), run.committed(), checkpoints, checkpointEvery()));
      }
      if (run.isOpen()) {
        commitOpen();
      }
      if (!ended()) {
        reporter.cutShort(run.done().round());
      } else if (run.done().steps() < settings.train().steps()) {
        reporter.stopsEarly(run.done().round(), best.orElseThrow());
      }
      reporter.done(run.path());
    } catch (CheckpointStore.Taken e) {
      throw e;
    } catch (Throwable e) {
      run.fail(e);
      throw e;
    } finally {
      LiveTraining.ended();
      open.close();
      SharedVector.destroy(spark, shared);
    }
  }

  /** Rounds from one checkpoint to the next: one where some workers wait for a core. */
  private int checkpointEvery() {
    int every = settings.run().checkpointEvery();
    int workers = settings.train().workers();
    if (every == 1 || open.haveRoomFor(workers)) {
      return every;
    }
    if (!toldOfCheckpoints) {
      reporter.warns(
          "%d workers do not fit on the executors at once: each round writes a checkpoint, whatever run.checkpoint-every says"
              .formatted(workers));
      toldOfCheckpoints = true;
    }
    return 1;
  }

  private boolean isEnough(LongPredicate enough) {
    return run.done().round() > 0 && enough.test(run.done().round());
  }

  /** Sends the anchor out. */
  private void share() {
    shared = SharedVector.of(spark, anchor.parameters(), settings.average().anchor());
  }

  /** What was measured in the rounds that this job ran. */
  public List<RoundMetrics> metrics() {
    return measurements;
  }

  private void restoreOrStart() {
    starts = run.starts();
    run.check(settings, planner.stepsPerRound());
    Exchange exchange = subject.exchange();
    CheckpointManifest committed = run.committed();
    anchor =
        committed.atStart()
            ? Anchor.start(subject.initial(), outer, exchange)
            : Anchor.restored(
                checkpoints.parameters(committed, layout),
                checkpoints.outerState(committed, outer.stateNames(), layout.size()),
                outer,
                exchange);
    Optional<String> base = committed.atStart() ? subject.writeBase(run.path()) : Optional.empty();
    run.begin(settings, subject.files(), subject.initialFile(), base);
    reporter.begins(
        "%s: %s, %,d parameters, %d workers, %,d training %s%s%s%s%s"
            .formatted(
                run.path(),
                subject.name(),
                layout.size(),
                settings.train().workers(),
                objective.feed().predictions(mix.epoch()),
                objective.predictions(),
                cut(),
                packing(),
                subject.remark().map(remark -> "; " + remark).orElse(""),
                EvaluateJob.predictions(objective, dataset, split()) > 0
                    ? ""
                    : "; nothing to evaluate on: split " + split().key() + " has no predictions"),
        committed,
        ended());
  }

  private String cut() {
    long longest = objective.feed().longestCut(mix.epoch());
    return longest == 0
        ? ""
        : "; rows of up to %,d tokens are cut to train.context %,d"
            .formatted(longest, settings.train().context());
  }

  private String packing() {
    return objective.feed().packing(dataset).map(shares -> "; packed: " + shares).orElse("");
  }

  /** Whether all steps are taken, or the last evaluations brought no better model. */
  private boolean ended() {
    long patience = settings.train().patience();
    return run.done().steps() >= settings.train().steps()
        || (patience > 0 && best.filter(so -> so.evaluationsSince() >= patience).isPresent());
  }

  /** Runs a round; commits its checkpoint where one is due. */
  private void round(RoundPlan plan) {
    Stopwatch watch = new Stopwatch();
    run.roundBegins(plan.round());
    WorkerProgress.Accumulator progress = reporter.roundBegins(plan);
    Exchange exchange = subject.exchange();
    RoundTask task =
        new RoundTask(
            storage,
            run.path(),
            plan,
            open.training(),
            subject.trainers(plan.round()),
            exchange,
            shared,
            progress);
    RoundJob job = RoundJob.of(plan, open, task, exchange, shared);
    List<WorkerReport.Trained> reports = failures.trained(plan, job.reports());
    double deltaNorm = outerStep(job);
    failures.ifNotFinite(plan, reports, "a change of the averaged parameters", deltaNorm);
    begunFrom(plan, job, reports);
    share();
    double roundSeconds = watch.lap();

    Map<String, Double> validation = Map.of();
    if (evaluates(plan)) {
      validation = subject.measure(split(), shared);
      failures.ifNotFinite(
          plan, reports, "a validation loss", validation.getOrDefault(Task.LOSS, 0.0));
    }
    double evaluationSeconds = watch.lap();

    Optional<BestRound> withThis =
        BestRound.after(best, plan.round(), split().key(), objective.goal(), validation);
    boolean commits = plan.saves() || saver.keeps(plan.round(), withThis, validation);
    List<CheckpointFile> files =
        commits ? saver.save(plan.round(), anchor, saved(plan, reports)) : List.of();
    RoundMetrics measured =
        RoundSummary.of(
            plan,
            reports,
            run.done().tokens(),
            exchange.isMean(),
            job.bytesReceived(),
            shared.bytes(),
            new RoundSummary.Norms(deltaNorm, Distance.norm(anchor.parameters())),
            validation,
            split(),
            withThis,
            new RoundSummary.Times(
                roundSeconds, evaluationSeconds, watch.lap(), starts, Instant.now()));
    warnOfOtherMachines(reports);
    engine = reports.get(0).engine();
    RoundsDone done =
        new RoundsDone(plan.round(), plan.firstStep() + plan.steps(), measured.tokens());
    if (commits) {
      run.commit(settings, done, files, engine, measured.toJson());
      open.close();
    }
    run.roundEnds(settings, done, List.of(measured.toJson()));
    if (validation.isEmpty() || inTurn(plan)) {
      best = withThis;
    }
    if (commits) {
      saver.prune(best, withThis);
    }
    measurements.add(measured);
    reporter.roundEnds(measured);
  }

  /** The anchor that a round began from is needed no more, unless workers may be lost. */
  private void begunFrom(RoundPlan plan, RoundJob job, List<WorkerReport.Trained> reports) {
    SharedVector before = shared;
    shared = null;
    if (plan.saves()) {
      SharedVector.destroy(spark, before);
    } else {
      open.add(plan, job, reports, before);
    }
  }

  /** The states that workers have saved themselves; empty where these are with the executors. */
  private static Optional<List<CheckpointFile>> saved(
      RoundPlan plan, List<WorkerReport.Trained> reports) {
    return plan.saves()
        ? Optional.of(reports.stream().map(WorkerReport.Trained::state).toList())
        : Optional.empty();
  }

  /** Commits the checkpoint of the last round, which was not due. */
  private void commitOpen() {
    RoundsDone last = run.done();
    run.roundBegins(last.round());
    List<CheckpointFile> files = saver.save(last.round(), anchor, Optional.empty());
    RoundMetrics measured = measurements.get(measurements.size() - 1);
    run.commit(settings, last, files, engine, measured.toJson());
    open.close();
    saver.prune(best, Optional.ofNullable(measured.best()));
  }

  /** Once: on a cluster of unlike machines it would be each round. */
  private void warnOfOtherMachines(List<WorkerReport.Trained> reports) {
    if (!warned) {
      Optional<String> warning =
          OtherMachine.warning(
              run.committed().provenance(),
              reports.stream().map(WorkerReport.Trained::engine).toList());
      warning.ifPresent(reporter::warns);
      warned = warning.isPresent();
    }
  }

  /** Moves the anchor slice by slice; returns the norm of the mean delta. */
  private double outerStep(RoundJob job) {
    double[] squares = {0};
    job.averages((slice, averaged) -> squares[0] += anchor.step(slice, averaged));
    return Math.sqrt(squares[0]);
  }

  private boolean evaluates(RoundPlan plan) {
    boolean last = plan.firstStep() + plan.steps() >= settings.train().steps();
    return (last || inTurn(plan)) && EvaluateJob.predictions(objective, dataset, split()) > 0;
  }

  private boolean inTurn(RoundPlan plan) {
    long every = settings.evaluate().every();
    return every > 0 && plan.round() % every == 0;
  }

  private DatasetSplit split() {
    return settings.evaluate().split();
  }
}
