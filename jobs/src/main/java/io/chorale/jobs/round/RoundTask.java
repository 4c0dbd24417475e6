package io.chorale.jobs.round;

import io.chorale.average.Distance;
import io.chorale.average.Exchange;
import io.chorale.checkpoint.CheckpointFile;
import io.chorale.checkpoint.RunDirectory;
import io.chorale.config.Settings;
import io.chorale.data.Dataset;
import io.chorale.io.ArrayContent;
import io.chorale.io.FloatVector;
import io.chorale.io.Storage;
import io.chorale.jobs.spark.SentSettings;
import io.chorale.jobs.spark.SharedVector;
import io.chorale.jobs.spark.TaskDevice;
import io.chorale.task.Task;
import io.chorale.tensor.Engine;
import io.chorale.train.LocalLoop;
import io.chorale.train.NonFiniteLossException;
import io.chorale.train.StepListener;
import io.chorale.train.WorkerResult;
import io.chorale.train.WorkerState;
import java.util.Iterator;
import java.util.LinkedHashMap;
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
  private final SentSettings settings;
  private final Path data;
  private final Path run;
  private final RoundPlan plan;
  private final SharedVector anchor;
  private final WorkerProgress.Accumulator progress;

  /**
   * @param data the dataset's directory, absolute: an executor has a working directory of its own
   * @param run the run's, absolute too
   */
  public RoundTask(
      Storage storage,
      Settings settings,
      Path data,
      Path run,
      RoundPlan plan,
      SharedVector anchor,
      WorkerProgress.Accumulator progress) {
    this.storage = storage;
    this.settings = new SentSettings(settings);
    this.data = data;
    this.run = run;
    this.plan = plan;
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
    Settings settings = this.settings.get();
    new RunDirectory(storage, run).checkShared();
    Dataset dataset = Dataset.open(storage, data);
    Task task = Task.of(settings, dataset.schema(), "dataset " + data);
    LocalLoop loop = new LocalLoop(settings, task, TaskDevice.of(settings));
    Exchange exchange = new Exchange(settings.average().send());
    Map<String, Long> sizes = loop.stateSizes();
    if (exchange.keepsResidual()) {
      sizes.put(RESIDUAL, anchor.length());
    }
    WorkerState before = state(worker, sizes);
    WorkerResult result;
    try {
      result =
          loop.run(
              anchor,
              before,
              worker,
              plan.part(worker).range(),
              task.feed().batches(dataset, plan.part(worker).shards()),
              listener(worker));
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
    Map<String, String> engine = new LinkedHashMap<>(Engine.facts());
    engine.put("device", result.device());
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
        engine);
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
