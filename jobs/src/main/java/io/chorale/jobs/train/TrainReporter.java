package io.chorale.jobs.train;

import io.chorale.checkpoint.BestRound;
import io.chorale.checkpoint.CheckpointManifest;
import io.chorale.checkpoint.RoundMetrics;
import io.chorale.jobs.console.Amounts;
import io.chorale.jobs.console.Stopwatch;
import io.chorale.jobs.round.RoundPlan;
import io.chorale.jobs.round.WorkerProgress;
import io.chorale.task.Objective;
import io.chorale.task.Task;
import java.io.PrintWriter;
import java.util.Collection;
import java.util.Map;
import org.apache.hadoop.fs.Path;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.scheduler.AccumulableInfo;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerExecutorMetricsUpdate;
import scala.Tuple4;
import scala.collection.immutable.Seq;
import scala.jdk.javaapi.CollectionConverters;

/**
 * Says how a training goes: one line a round, and within a round, on a terminal, a line that is
 * written over as the executors' heartbeats bring news.
 */
final class TrainReporter extends SparkListener implements AutoCloseable {
  private static final String ERASE_LINE = "\r\033[K";

  private final JavaSparkContext spark;
  private final PrintWriter out;
  private final long rounds;
  private final long steps;
  private final Objective objective;

  /** Java itself does not tell of standard error; the launcher does. */
  private final boolean terminal = Boolean.getBoolean("chorale.terminal");

  private Stopwatch sinceStart = new Stopwatch();
  private long firstStep;
  private RoundPlan plan;
  private Stopwatch sinceRound;
  private WorkerProgress.Accumulator progress;

  /** The latest news of each worker in this round. */
  private WorkerProgress.Accumulator seen;

  /**
   * @param rounds of the whole training
   * @param steps local steps of each worker in the whole training
   * @param objective of the training
   */
  TrainReporter(
      JavaSparkContext spark, PrintWriter out, long rounds, long steps, Objective objective) {
    this.objective = objective;
    this.spark = spark;
    this.out = out;
    this.rounds = rounds;
    this.steps = steps;
  }

  /**
   * The training begins, or goes on.
   *
   * @param what is trained
   * @param committed the round after which it goes on
   * @param ended whether nothing is left to train
   */
  synchronized void begins(String what, CheckpointManifest committed, boolean ended) {
    out.println(what);
    if (!committed.atStart()) {
      firstStep = committed.steps();
      out.printf(
          "%s after round %d of %d%n", ended ? "ended" : "goes on", committed.round(), rounds);
    }
    out.flush();
    sinceStart = new Stopwatch();
    if (terminal) {
      spark.sc().addSparkListener(this);
    }
  }

  /** A round begins; its workers are to report to what this returns. */
  synchronized WorkerProgress.Accumulator roundBegins(RoundPlan begun) {
    plan = begun;
    sinceRound = new Stopwatch();
    seen = new WorkerProgress.Accumulator();
    progress = new WorkerProgress.Accumulator();
    spark.sc().register(progress, "worker progress");
    return progress;
  }

  synchronized void roundEnds(RoundMetrics metrics) {
    plan = null;
    String goal = objective.goal().measure();
    out.printf(
        "%sround %d/%d  step %,d/%,d  train loss %.4f%s  %,.0f %s/s"
            + "  round %.1f s (averaging %.1f s)  %s left%n",
        terminal ? ERASE_LINE : "",
        metrics.round(),
        rounds,
        metrics.localSteps(),
        steps,
        metrics.trainLoss(),
        metrics.validationLoss() == null
            ? ""
            : "  %s loss %.4f%s"
                .formatted(
                    metrics.validationSplit(),
                    metrics.validationLoss(),
                    goal.equals(Task.LOSS)
                        ? ""
                        : " %s %.4f".formatted(goal, metrics.validation().get(goal))),
        metrics.tokensPerSecond(),
        objective.predictions(),
        metrics.computeSeconds() + metrics.averagingSeconds(),
        metrics.averagingSeconds(),
        left((double) metrics.localSteps()));
    out.flush();
  }

  /** What the user should know of the round at work. */
  synchronized void warns(String warning) {
    out.println(warning);
    out.flush();
  }

  /**
   * The training ends before its last round.
   *
   * @param round the last one
   */
  synchronized void stopsEarly(long round, BestRound best) {
    out.printf(
        "stops early after round %d of %d: no better %s %s than %.4f of round %d in %d evaluations"
            + " (train.patience)%n",
        round,
        rounds,
        best.split(),
        best.measure(),
        best.value(),
        best.round(),
        best.evaluationsSince());
  }

  /**
   * Not all steps are taken.
   *
   * @param round the last one
   */
  synchronized void cutShort(long round) {
    out.printf("cut short after round %d of %d%n", round, rounds);
  }

  synchronized void done(Path run) {
    out.printf("done in %s: %s%n", Amounts.duration(sinceStart.total()), run);
    out.flush();
  }

  @Override
  public void close() {
    spark.sc().removeSparkListener(this);
  }

  @Override
  public void onExecutorMetricsUpdate(SparkListenerExecutorMetricsUpdate update) {
    for (Tuple4<Object, Object, Object, Seq<AccumulableInfo>> task :
        CollectionConverters.asJava(update.accumUpdates())) {
      for (AccumulableInfo info : CollectionConverters.asJava(task._4())) {
        if (info.update().isDefined() && info.update().get() instanceof Map<?, ?> workers) {
          show(info.id(), workers.values());
        }
      }
    }
  }

  private synchronized void show(long accumulator, Collection<?> news) {
    if (plan == null || accumulator != progress.id()) {
      return;
    }
    for (Object one : news) {
      if (one instanceof WorkerProgress worker) {
        seen.add(worker);
      }
    }
    long done = seen.value().values().stream().mapToLong(WorkerProgress::steps).sum();
    long tokens = seen.value().values().stream().mapToLong(WorkerProgress::tokens).sum();
    double loss = seen.value().values().stream().mapToDouble(WorkerProgress::lossSum).sum();
    if (done == 0) {
      return;
    }
    double share = (double) done / plan.totalSteps();
    out.printf(
        "%sround %d/%d  %.0f %%  %,.0f %s/s  loss %.4f  %s left",
        ERASE_LINE,
        plan.round(),
        rounds,
        100 * share,
        tokens / sinceRound.total(),
        objective.predictions(),
        loss / tokens,
        left(plan.firstStep() + share * plan.steps()));
    out.flush();
  }

  /** The time that the rest of the training takes at the pace so far. */
  private String left(double stepsDone) {
    return Amounts.duration(sinceStart.total() / (stepsDone - firstStep) * (steps - stepsDone));
  }
}
