package io.chorale.jobs.round;

import io.chorale.average.Exchange;
import io.chorale.checkpoint.CheckpointFile;
import io.chorale.checkpoint.RunDirectory;
import io.chorale.io.ArrayContent;
import io.chorale.io.FloatStore;
import io.chorale.io.Storage;
import io.chorale.jobs.spark.SharedVector;
import io.chorale.tensor.Device;
import io.chorale.tensor.TensorStore;
import io.chorale.train.LocalTrainer;
import io.chorale.train.StepListener;
import io.chorale.train.WorkerState;
import java.util.Iterator;
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
 *
 * <p>Where it is not saved, the state waits in the executor's memory for the next round, which
 * changes it in place. Whoever finds it gone, because its executor is lost, another attempt has
 * taken it or the task is elsewhere, computes the rounds since the last checkpoint again: a round
 * begins when its first part is asked for, so to read through the parts of the round before leaves
 * the state that was looked for.
 */
public final class RoundTask
    implements Function2<Integer, Iterator<SlicePart>, Iterator<SlicePart>> {
  private static final long serialVersionUID = 1L;

  /** What rounding has taken from this worker's deltas so far; part of its state. */
  private static final String RESIDUAL = "average.residual";

  private final Storage storage;
  private final Path run;
  private final RoundPlan plan;
  private final String training;
  private final TrainerSource trainers;
  private final Exchange exchange;
  private final SharedVector anchor;
  private final WorkerProgress.Accumulator progress;

  /**
   * @param run the run's directory, absolute: an executor has a working directory of its own
   * @param training among those whose states a process holds; see {@link OpenRounds#training}
   * @param trainers of the workers
   * @param exchange what workers send
   */
  public RoundTask(
      Storage storage,
      Path run,
      RoundPlan plan,
      String training,
      TrainerSource trainers,
      Exchange exchange,
      SharedVector anchor,
      WorkerProgress.Accumulator progress) {
    this.storage = storage;
    this.run = run;
    this.plan = plan;
    this.training = training;
    this.trainers = trainers;
    this.exchange = exchange;
    this.anchor = anchor;
    this.progress = progress;
  }

  /**
   * Trains, when the first part is asked for.
   *
   * @param before the parts of the round before, where the plan says that the state is here
   * @return slices and the report
   */
  @Override
  public Iterator<SlicePart> call(Integer worker, Iterator<SlicePart> before) {
    return new WorkerRound(this, worker, before);
  }

  RoundPlan plan() {
    return plan;
  }

  Exchange exchange() {
    return exchange;
  }

  SharedVector anchor() {
    return anchor;
  }

  LocalTrainer trainer(int worker) {
    new RunDirectory(storage, run).checkShared();
    return trainers.open(storage, plan.part(worker).shards());
  }

  /** What rounding has taken from the worker's deltas; null where the exchange keeps none. */
  static FloatStore residual(WorkerState state) {
    return state.arrays().get(RESIDUAL);
  }

  /** The state that the worker goes on from; the caller closes it. */
  WorkerState state(int worker, LocalTrainer trainer, Iterator<SlicePart> before) {
    if (plan.resident()) {
      return resident(new ResidentStates.Key(training, plan.round() - 1, worker), before);
    }
    WorkerState state = fresh(trainer);
    CheckpointFile stored = plan.part(worker).state();
    if (stored != null) {
      try {
        stored.fill(storage, plan.previousCheckpoint(), wanted(state));
      } catch (RuntimeException | Error e) {
        state.close();
        throw e;
      }
    }
    return state;
  }

  private WorkerState fresh(LocalTrainer trainer) {
    WorkerState state = trainer.fresh();
    if (!exchange.keepsResidual()) {
      return state;
    }
    try {
      Map<String, FloatStore> arrays = new TreeMap<>(state.arrays());
      arrays.put(RESIDUAL, TensorStore.zeros(anchor.length(), Device.CPU));
      return new WorkerState(arrays);
    } catch (RuntimeException | Error e) {
      state.close();
      throw e;
    }
  }

  /** The arrays that a checkpoint fills; what belongs to another worker stays behind. */
  private Map<String, FloatStore> wanted(WorkerState state) {
    Map<String, FloatStore> stores = new TreeMap<>(state.arrays());
    if (plan.inherits()) {
      stores.replaceAll(
          (name, store) ->
              name.startsWith(WorkerState.OPTIMIZER) ? store : new Ignored(store.length()));
    }
    return stores;
  }

  /** Takes values that nobody wants. */
  private record Ignored(long length) implements FloatStore {
    @Override
    public float[] slice(int index) {
      throw new UnsupportedOperationException();
    }

    @Override
    public void put(int index, float[] values) {}
  }

  /**
   * A state that waits in this process, or would.
   *
   * @param computing the parts of the round that left it; read where it is gone
   */
  static WorkerState resident(ResidentStates.Key key, Iterator<SlicePart> computing) {
    WorkerState waiting = ResidentStates.take(key);
    if (waiting == null) {
      computing.forEachRemaining(part -> {});
      waiting = ResidentStates.take(key);
    }
    if (waiting == null) {
      throw new IllegalStateException("no state of " + key + ", and nothing that leaves it");
    }
    return waiting;
  }

  /** Keeps a state for the next round, in a file or in this process; no longer the caller's. */
  CheckpointFile keep(int worker, WorkerState state) {
    stopWhereGivenUp();
    if (!plan.saves()) {
      ResidentStates.put(new ResidentStates.Key(training, plan.round(), worker), state);
      return null;
    }
    CheckpointFile file = write(storage, plan.checkpoint(), worker, state);
    state.close();
    return file;
  }

  /** Writes a worker's state into a checkpoint to come. */
  static CheckpointFile write(Storage storage, Path checkpoint, int worker, WorkerState state) {
    return CheckpointFile.write(
        storage,
        checkpoint,
        CheckpointFile.worker(worker),
        "chorale-worker-1",
        ArrayContent.of(state.arrays()));
  }

  StepListener listener(int worker) {
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
