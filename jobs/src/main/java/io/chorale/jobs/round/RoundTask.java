package io.chorale.jobs.round;

import io.chorale.average.Distance;
import io.chorale.average.Exchange;
import io.chorale.checkpoint.CheckpointFile;
import io.chorale.checkpoint.RunDirectory;
import io.chorale.io.ArrayContent;
import io.chorale.io.FloatVector;
import io.chorale.io.Storage;
import io.chorale.jobs.spark.SharedVector;
import io.chorale.train.LocalTrainer;
import io.chorale.train.NonFiniteLossException;
import io.chorale.train.StepListener;
import io.chorale.train.WorkerResult;
import io.chorale.train.WorkerState;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.apache.hadoop.fs.Path;
import org.apache.spark.TaskContext;
import org.apache.spark.TaskKilledException;
import org.apache.spark.api.java.function.PairFlatMapFunction;
import scala.Tuple2;

/**
 * One worker's round: from the anchor and the worker's state to new parameters and a new state.
 *
 * <p>A pure function of its fields and the worker: whatever attempt, on whatever machine, gives the
 * same bytes. So every attempt leaves the same state file in the checkpoint to come; an attempt on
 * a processor that rounds otherwise leaves another one beside it.
 */
public final class RoundTask
    implements PairFlatMapFunction<Iterator<Integer>, SliceKey, SlicePart> {
  private static final long serialVersionUID = 1L;

  /** What rounding has taken from this worker's deltas so far; part of its state. */
  private static final String RESIDUAL = "average.residual";

  private final Storage storage;
  private final Path run;
  private final RoundPlan plan;
  private final TrainerSource trainers;
  private final Exchange exchange;
  private final SharedVector anchor;
  private final WorkerProgress.Accumulator progress;

  /**
   * @param run the run's directory, absolute: an executor has a working directory of its own
   * @param trainers of the workers
   * @param exchange what workers send
   */
  public RoundTask(
      Storage storage,
      Path run,
      RoundPlan plan,
      TrainerSource trainers,
      Exchange exchange,
      SharedVector anchor,
      WorkerProgress.Accumulator progress) {
    this.storage = storage;
    this.run = run;
    this.plan = plan;
    this.trainers = trainers;
    this.exchange = exchange;
    this.anchor = anchor;
    this.progress = progress;
  }

  @Override
  public Iterator<Tuple2<SliceKey, SlicePart>> call(Iterator<Integer> workers) {
    return workers.hasNext()
        ? train(workers.next())
        : Stream.<Tuple2<SliceKey, SlicePart>>of().iterator();
  }

  private Iterator<Tuple2<SliceKey, SlicePart>> train(int worker) {
    new RunDirectory(storage, run).checkShared();
    LocalTrainer trainer = trainers.open(storage, plan.part(worker).shards());
    Map<String, Long> sizes = new TreeMap<>(trainer.stateSizes());
    if (exchange.keepsResidual()) {
      sizes.put(RESIDUAL, anchor.length());
    }
    WorkerState before = state(worker, sizes);
    WorkerResult result;
    try {
      result = trainer.run(anchor, before, worker, plan.part(worker).range(), listener(worker));
    } catch (NonFiniteLossException e) {
      // A retry would end the same way: the driver is told, and stops.
      WorkerReport stopped = new WorkerReport.Stopped(worker, e.getMessage());
      return List.of(SliceStream.report(anchor.sliceCount(), stopped)).iterator();
    }
    Map<String, FloatVector> after = new TreeMap<>(result.state().arrays());
    FloatVector residual = null;
    if (exchange.keepsResidual()) {
      FloatVector kept = before.arrays().get(RESIDUAL);
      residual = kept == null ? new FloatVector(anchor.length()) : kept;
      after.put(RESIDUAL, residual);
    }
    return new SliceStream(
        exchange,
        worker,
        (double) result.tokens(),
        anchor,
        result.parameters(),
        residual,
        bytes -> report(worker, result, bytes, save(worker, after)));
  }

  private WorkerReport report(
      int worker, WorkerResult result, long bytesSent, CheckpointFile state) {
    return new WorkerReport.Trained(
        worker,
        result.steps(),
        result.tokens(),
        result.lossSum(),
        result.seconds(),
        result.learningRate(),
        result.gradientNorms(),
        Distance.square(anchor, result.parameters()),
        bytesSent,
        state,
        result.engine());
  }

  private CheckpointFile save(int worker, Map<String, FloatVector> state) {
    stopWhereGivenUp();
    return CheckpointFile.write(
        storage,
        plan.checkpoint(),
        CheckpointFile.worker(worker),
        "chorale-worker-1",
        ArrayContent.of(state));
  }

  /**
   * What the worker goes on from.
   *
   * @param sizes of its arrays, by name
   */
  private WorkerState state(int worker, Map<String, Long> sizes) {
    CheckpointFile stored = plan.part(worker).state();
    if (stored == null) {
      return WorkerState.fresh();
    }
    WorkerState state =
        new WorkerState(stored.readFloats(storage, plan.previousCheckpoint(), sizes));
    return plan.inherits() ? state.inherited() : state;
  }

  private StepListener listener(int worker) {
    long[] tokens = {0};
    double[] lossSum = {0};
    return (steps, stepTokens, loss) -> {
      stopWhereGivenUp();
      tokens[0] += stepTokens;
      lossSum[0] += stepTokens * loss;
      progress.add(new WorkerProgress(worker, steps, tokens[0], lossSum[0]));
    };
  }

  /**
   * Nobody waits for a round that was given up: its core is free after the step, and it writes
   * nothing where the driver has tidied up.
   */
  private static void stopWhereGivenUp() {
    TaskContext task = TaskContext.get();
    if (task != null && task.isInterrupted()) {
      throw new TaskKilledException();
    }
  }
}
