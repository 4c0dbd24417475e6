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
import org.apache.hadoop.fs.Path;
import org.apache.spark.TaskContext;
import org.apache.spark.TaskKilledException;
import org.apache.spark.api.java.function.Function2;

/**
 * One worker's round: from the anchor and the worker's state to new parameters and a new state.
 *
 * <p>A pure function of its fields and the worker: whatever attempt, on whatever machine, gives the
 * same bytes. So where the state is saved every attempt leaves the same file in the checkpoint to
 * come; an attempt on a processor that rounds otherwise leaves another one beside it.
 */
public final class RoundTask implements Function2<Integer, Iterator<byte[]>, Iterator<SlicePart>> {
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

  /**
   * Trains.
   *
   * @param kept what the worker left after the round before, where the plan says that it is here
   * @return slices, the report and, unless the plan says that it is saved, the state
   */
  @Override
  public Iterator<SlicePart> call(Integer worker, Iterator<byte[]> kept) {
    new RunDirectory(storage, run).checkShared();
    LocalTrainer trainer = trainers.open(storage, plan.part(worker).shards());
    Map<String, Long> sizes = new TreeMap<>(trainer.stateSizes());
    if (exchange.keepsResidual()) {
      sizes.put(RESIDUAL, anchor.length());
    }
    Before before =
        new Before(
            plan.resident() ? SlicesOfState.read(KeptParts.state(kept)) : state(worker, sizes));
    WorkerResult result;
    try {
      result =
          trainer.run(anchor, before::take, worker, plan.part(worker).range(), listener(worker));
    } catch (NonFiniteLossException e) {
      // A retry would end the same way: the driver is told, and stops.
      WorkerReport stopped = new WorkerReport.Stopped(worker, e.getMessage());
      return List.<SlicePart>of(new SlicePart.Report(stopped)).iterator();
    }
    Map<String, FloatVector> after = new TreeMap<>(result.state().arrays());
    FloatVector residual = null;
    if (exchange.keepsResidual()) {
      residual = before.residual == null ? new FloatVector(anchor.length()) : before.residual;
      after.put(RESIDUAL, residual);
    }
    Iterator<SlicePart> sent =
        new SliceStream(
            exchange,
            (double) result.tokens(),
            anchor,
            result.parameters(),
            residual,
            bytes -> report(worker, result, bytes, plan.saves() ? save(worker, after) : null));
    return plan.saves() ? sent : new Joined(sent, new SlicesOfState(after));
  }

  /** The state after the round before, of which only the residual stays while the worker trains. */
  private static final class Before {
    private final FloatVector residual;
    private WorkerState state;

    Before(Map<String, FloatVector> arrays) {
      Map<String, FloatVector> others = new TreeMap<>(arrays);
      residual = others.remove(RESIDUAL);
      state = new WorkerState(others);
    }

    WorkerState take() {
      WorkerState taken = state;
      state = null;
      return taken;
    }
  }

  /** One after the other. */
  private record Joined(Iterator<SlicePart> first, Iterator<SlicePart> second)
      implements Iterator<SlicePart> {
    @Override
    public boolean hasNext() {
      return first.hasNext() || second.hasNext();
    }

    @Override
    public SlicePart next() {
      return first.hasNext() ? first.next() : second.next();
    }
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
    return write(storage, plan.checkpoint(), worker, state);
  }

  /** Writes a worker's state into a checkpoint to come. */
  static CheckpointFile write(
      Storage storage, Path checkpoint, int worker, Map<String, FloatVector> state) {
    return CheckpointFile.write(
        storage,
        checkpoint,
        CheckpointFile.worker(worker),
        "chorale-worker-1",
        ArrayContent.of(state));
  }

  /**
   * What the worker goes on from, by the last checkpoint.
   *
   * @param sizes of its arrays, by name
   */
  private Map<String, FloatVector> state(int worker, Map<String, Long> sizes) {
    CheckpointFile stored = plan.part(worker).state();
    if (stored == null) {
      return Map.of();
    }
    Map<String, FloatVector> arrays = stored.readFloats(storage, plan.previousCheckpoint(), sizes);
    return plan.inherits() ? new WorkerState(arrays).inherited().arrays() : arrays;
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
