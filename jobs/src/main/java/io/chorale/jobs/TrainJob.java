package io.chorale.jobs;

import io.chorale.average.OuterOptimizer;
import io.chorale.checkpoint.CheckpointManifest;
import io.chorale.checkpoint.CheckpointManifest.StoredFile;
import io.chorale.checkpoint.CheckpointStore;
import io.chorale.checkpoint.RunDirectory;
import io.chorale.config.ChoraleException;
import io.chorale.config.DatasetSplit;
import io.chorale.config.Settings;
import io.chorale.config.SettingsException;
import io.chorale.data.Dataset;
import io.chorale.io.FloatVector;
import io.chorale.io.Storage;
import io.chorale.model.Models;
import io.chorale.model.ParameterLayout;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.apache.hadoop.fs.Path;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;

/**
 * A training: restore or start; while rounds remain: run the round on the workers from the anchor,
 * average what they return, take the outer step, evaluate, commit the checkpoint, report.
 */
final class TrainJob {
  private final JavaSparkContext spark;
  private final Storage storage;
  private final Settings settings;
  private final Dataset dataset;
  private final ParameterLayout layout;
  private final RunDirectory run;
  private final CheckpointStore checkpoints;
  private final OuterOptimizer outer;
  private final RoundPlanner planner;
  private final TrainReporter reporter;

  /** The shared parameters at the start of the next round. */
  private FloatVector anchor;

  private Map<String, FloatVector> outerState;

  /** The last committed checkpoint; null before the first. */
  private CheckpointManifest committed;

  /** Of the rounds that this job ran itself. */
  private final List<RoundMetrics> measurements = new ArrayList<>();

  private final List<String> metrics = new ArrayList<>();

  /**
   * Checks settings and data; writes nothing.
   *
   * @throws SettingsException where the settings and the dataset do not go together
   */
  TrainJob(JavaSparkContext spark, Storage storage, Settings settings, PrintWriter out) {
    this.spark = spark;
    this.storage = storage;
    this.settings = settings;
    this.dataset = Dataset.open(storage, new Path(required("data.path", settings.data().path())));
    this.layout =
        Models.layout(
            settings.model(), dataset.manifest().vocabulary(), settings.train().context());
    this.run = new RunDirectory(storage, new Path(required("run.path", settings.run().path())));
    this.checkpoints = run.checkpoints();
    this.outer = OuterOptimizer.of(settings.average());
    this.planner =
        new RoundPlanner(settings.train(), dataset.shardTokens(DatasetSplit.TRAIN), checkpoints);
    this.reporter = new TrainReporter(spark, out, planner.rounds(), settings.train().steps());
  }

  /** Trains until all local steps are taken. */
  void run() {
    restoreOrStart();
    try (reporter) {
      Broadcast<FloatVector> shared = spark.broadcast(anchor);
      while (steps() < settings.train().steps()) {
        shared = round(planner.next(committed), shared);
      }
      shared.destroy();
      reporter.done(run.path());
    }
  }

  /** What was measured in the rounds that this job ran. */
  List<RoundMetrics> metrics() {
    return measurements;
  }

  private void restoreOrStart() {
    Optional<CheckpointManifest> latest = checkpoints.latest();
    if (run.exists()) {
      run.checkUnchanged(settings);
    }
    if (latest.isPresent()) {
      committed = latest.get();
      checkSame("dataset", Provenance.DATASET, dataset.fingerprint());
      checkSame("tokenizer", Provenance.TOKENIZER, dataset.manifest().tokenizer());
      anchor = checkpoints.parameters(committed, layout);
      outerState = outer.stateNames().isEmpty() ? Map.of() : checkpoints.outerState(committed);
      run.metrics().stream().limit(committed.round()).forEach(metrics::add);
    } else {
      anchor =
          Models.initial(
              settings.model(),
              dataset.manifest().vocabulary(),
              settings.train().context(),
              settings.train().seed());
      outerState = new LinkedHashMap<>();
      outer.stateNames().forEach(name -> outerState.put(name, new FloatVector(layout.size())));
    }
    checkpoints.discardUncommitted();
    run.begin(settings, dataset.tokenizer());
    reporter.begins(
        "%s: %s, %,d parameters, %d workers, %,d training tokens"
            .formatted(
                run.path(),
                settings.model().kind().name().toLowerCase(Locale.ROOT),
                layout.size(),
                settings.train().workers(),
                dataset.manifest().split(DatasetSplit.TRAIN).tokens()),
        committed);
  }

  private long steps() {
    return committed == null ? 0 : committed.steps();
  }

  /** Runs a round and commits it; returns the broadcast of the new anchor. */
  private Broadcast<FloatVector> round(RoundPlan plan, Broadcast<FloatVector> shared) {
    Stopwatch watch = new Stopwatch();
    WorkerProgress.Accumulator progress = reporter.roundBegins(plan);
    RoundJob job =
        RoundJob.of(
            spark, plan, new RoundTask(storage, settings, plan, shared, progress), layout.size());
    List<WorkerReport> reports = job.reports();
    failIfAWorkerFailed(plan, reports);
    FloatVector next = anchor.copy();
    double deltaNorm = outerStep(job, next);
    double roundSeconds = watch.lap();

    // Whoever still held the old anchor is done with it; its successor serves the evaluation too.
    shared.destroy();
    anchor = next;
    Broadcast<FloatVector> nextShared = spark.broadcast(anchor);
    Double validationLoss = evaluates(plan) ? evaluate(nextShared) : null;
    double evaluationSeconds = watch.lap();

    List<StoredFile> files =
        new ArrayList<>(checkpoints.save(plan.round, layout, anchor, outerState));
    reports.forEach(report -> files.add(report.state));
    RoundMetrics measured =
        RoundMetrics.of(
            plan,
            reports,
            committed == null ? 0 : committed.tokens(),
            layout.size(),
            deltaNorm,
            validationLoss,
            new RoundMetrics.Times(roundSeconds, evaluationSeconds, watch.lap()));
    commit(plan, measured, files);
    measurements.add(measured);
    reporter.roundEnds(measured);
    return nextShared;
  }

  private void failIfAWorkerFailed(RoundPlan plan, List<WorkerReport> reports) {
    for (WorkerReport report : reports) {
      if (report.failure != null) {
        throw new ChoraleException(
            "Round %d: %s %s"
                .formatted(
                    plan.round,
                    report.failure,
                    committed == null
                        ? "No checkpoint was written."
                        : "The checkpoint of round " + committed.round() + " stays."));
      }
    }
  }

  /** Moves the next anchor slice by slice; returns the norm of the mean delta. */
  private double outerStep(RoundJob job, FloatVector next) {
    List<FloatVector> states = outer.stateNames().stream().map(outerState::get).toList();
    double[] squares = {0};
    job.means(
        (slice, mean) -> {
          float[] values = next.slice(slice);
          for (int i = 0; i < mean.length; i++) {
            double delta = (double) values[i] - mean[i];
            squares[0] += delta * delta;
          }
          float[][] state =
              states.stream().map(vector -> vector.slice(slice)).toArray(float[][]::new);
          outer.step(values, mean, state);
        });
    return Math.sqrt(squares[0]);
  }

  private boolean evaluates(RoundPlan plan) {
    long every = settings.evaluate().every();
    boolean last = plan.firstStep + plan.steps() >= settings.train().steps();
    boolean due = last || (every > 0 && plan.round % every == 0);
    return due && !dataset.manifest().split(split()).shards().isEmpty();
  }

  private DatasetSplit split() {
    return settings.evaluate().split();
  }

  private double evaluate(Broadcast<FloatVector> parameters) {
    return EvaluateJob.run(spark, storage, settings, dataset, split(), parameters).mean();
  }

  private void commit(RoundPlan plan, RoundMetrics measured, List<StoredFile> files) {
    committed =
        new CheckpointManifest(
            plan.round,
            plan.firstStep + plan.steps(),
            measured.tokens(),
            plan.workers(),
            files,
            Provenance.of(spark, settings, dataset),
            measured.toJson());
    checkpoints.commit(committed);
    metrics.add(measured.toJson().toString());
    run.writeMetrics(metrics);
    checkpoints.prune(settings.run().keep());
  }

  private void checkSame(String thing, String key, String found) {
    String expected = committed.provenance().get(key);
    if (!found.equals(expected)) {
      throw new SettingsException(
          ("Cannot go on with run %s: the %s's fingerprint is %s, expected %s as in its checkpoints."
                  + " Restore the %s, or choose another run.path.")
              .formatted(run.path(), thing, found, expected, thing));
    }
  }

  private static String required(String key, String value) {
    if (value.isEmpty()) {
      throw new SettingsException(key + " must be set (got nothing)");
    }
    return value;
  }
}
