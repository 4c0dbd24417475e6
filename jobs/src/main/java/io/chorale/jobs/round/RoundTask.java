package io.chorale.jobs.round;

import io.chorale.average.Exchange;
import io.chorale.checkpoint.CheckpointFile;
import io.chorale.checkpoint.RunDirectory;
import io.chorale.io.FloatStore;
import io.chorale.io.Storage;
import io.chorale.jobs.spark.SharedVector;
import io.chorale.train.LocalTrainer;
import io.chorale.train.LocalTraining;
import io.chorale.train.NonFiniteLossException;
import io.chorale.train.StepListener;
import io.chorale.train.WorkerResult;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import org.apache.hadoop.fs.Path;
import org.apache.spark.TaskContext;
import org.apache.spark.TaskKilledException;
import org.apache.spark.api.java.function.Function2;
import org.apache.spark.util.TaskCompletionListener;

/**
 * One worker's round: from the anchor and the worker's state to new parameters and a new state.
 *
 * <p>A pure function of its fields and the worker: whatever attempt, on whatever machine, gives the
 * same bytes. So where the state is saved every attempt leaves the same file in the checkpoint to
 * come; an attempt on a processor that rounds otherwise leaves another one beside it.
 */
public final class RoundTask implements Function2<Integer, Iterator<byte[]>, Iterator<SlicePart>> {
  private static final long serialVersionUID = 1L;

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
    WorkerMemory memory = WorkerMemory.of(trainer, anchor, exchange);
    TaskContext task = TaskContext.get();
    if (task != null) {
      TaskCompletionListener end = ended -> memory.close();
      task.addTaskCompletionListener(end);
    }
    try {
      restore(memory, worker, kept);
      return new Closing(memory, trained(memory, worker));
    } catch (NonFiniteLossException e) {
      memory.close();
      // A retry would end the same way: the driver is told, and stops.
      WorkerReport stopped = new WorkerReport.Stopped(worker, e.getMessage());
      return List.<SlicePart>of(new SlicePart.Report(stopped)).iterator();
    } catch (RuntimeException | Error e) {
      memory.close();
      throw e;
    }
  }

  /** The worker goes on from what executors have kept, or from the last checkpoint. */
  private void restore(WorkerMemory memory, int worker, Iterator<byte[]> kept) {
    CheckpointFile stored = plan.part(worker).state();
    if (plan.resident()) {
      memory.restore(KeptParts.state(kept));
    } else if (stored != null) {
      memory.restore(storage, plan.previousCheckpoint(), stored, plan.inherits());
    }
  }

  private Iterator<SlicePart> trained(WorkerMemory memory, int worker) {
    LocalTraining training = memory.training();
    WorkerResult result = training.run(worker, plan.part(worker).range(), listener(worker));
    Iterator<SlicePart> sent =
        new SliceStream(
            exchange,
            (double) result.tokens(),
            anchor,
            training.parameters(),
            memory.residual(),
            (bytes, squareMoved) ->
                report(
                    worker,
                    result,
                    bytes,
                    squareMoved,
                    plan.saves() ? save(worker, memory.state()) : null));
    return plan.saves() ? sent : new Joined(sent, new SlicesOfState(memory.state()));
  }

  /** Frees the worker's memory after the last part. */
  private record Closing(WorkerMemory memory, Iterator<SlicePart> parts)
      implements Iterator<SlicePart> {
    @Override
    public boolean hasNext() {
      boolean more = parts.hasNext();
      if (!more) {
        memory.close();
      }
      return more;
    }

    @Override
    public SlicePart next() {
      return parts.next();
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

  private static WorkerReport report(
      int worker, WorkerResult result, long bytes, double squareMoved, CheckpointFile state) {
    return new WorkerReport.Trained(
        worker,
        result.steps(),
        result.tokens(),
        result.lossSum(),
        result.seconds(),
        result.learningRate(),
        result.gradientNorms(),
        squareMoved,
        bytes,
        state,
        result.engine());
  }

  private CheckpointFile save(int worker, Map<String, FloatStore> state) {
    stopWhereGivenUp();
    return WorkerMemory.write(storage, plan.checkpoint(), worker, state);
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
