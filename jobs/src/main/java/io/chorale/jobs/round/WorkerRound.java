package io.chorale.jobs.round;

import io.chorale.checkpoint.CheckpointFile;
import io.chorale.train.LocalTrainer;
import io.chorale.train.LocalTraining;
import io.chorale.train.NonFiniteLossException;
import io.chorale.train.WorkerResult;
import io.chorale.train.WorkerState;
import java.util.Iterator;
import java.util.List;
import org.apache.spark.SparkEnv;
import org.apache.spark.TaskContext;
import org.apache.spark.scheduler.TaskLocation;
import org.apache.spark.util.TaskCompletionListener;

/**
 * The parts that a worker leaves of a round, in the memory in which it trains: slices and the
 * report. It begins when the first part is asked for, and frees its memory after the last one or,
 * where nobody asks so far, with its task.
 */
final class WorkerRound implements Iterator<SlicePart> {
  private final RoundTask round;
  private final int worker;
  private final Iterator<SlicePart> before;
  private Iterator<SlicePart> parts;
  private WorkerState state;
  private LocalTraining training;

  /**
   * @param before the parts of the round before
   */
  WorkerRound(RoundTask round, int worker, Iterator<SlicePart> before) {
    this.round = round;
    this.worker = worker;
    this.before = before;
  }

  @Override
  public boolean hasNext() {
    if (parts == null) {
      parts = trained();
    }
    return parts.hasNext();
  }

  @Override
  public SlicePart next() {
    if (parts == null) {
      parts = trained();
    }
    return parts.next();
  }

  private Iterator<SlicePart> trained() {
    TaskContext task = TaskContext.get();
    if (task != null) {
      TaskCompletionListener end = ended -> free();
      task.addTaskCompletionListener(end);
    }
    try {
      return train();
    } catch (NonFiniteLossException e) {
      free();
      // A retry would end the same way: the driver is told, and stops.
      WorkerReport stopped = new WorkerReport.Stopped(worker, e.getMessage());
      return List.<SlicePart>of(new SlicePart.Report(stopped)).iterator();
    } catch (RuntimeException | Error e) {
      free();
      throw e;
    }
  }

  private Iterator<SlicePart> train() {
    LocalTrainer trainer = round.trainer(worker);
    state = round.state(worker, trainer, before);
    training = trainer.begin(round.anchor(), state);
    WorkerResult result =
        training.run(worker, round.plan().part(worker).range(), round.listener(worker));
    return new SliceStream(
        round.exchange(),
        (double) result.tokens(),
        round.anchor(),
        training.parameters(),
        RoundTask.residual(state),
        (bytes, squareMoved) -> report(result, bytes, squareMoved));
  }

  /** After the last slice. */
  private WorkerReport report(WorkerResult result, long bytes, double squareMoved) {
    training.close();
    training = null;
    CheckpointFile file = round.keep(worker, state);
    state = null;
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
        file,
        place(),
        result.engine());
  }

  /** This executor, as Spark names places of tasks. */
  private static String place() {
    SparkEnv here = SparkEnv.get();
    return here == null
        ? ""
        : TaskLocation.apply(here.blockManager().blockManagerId().host(), here.executorId())
            .toString();
  }

  private void free() {
    if (training != null) {
      training.close();
      training = null;
    }
    if (state != null) {
      state.close();
      state = null;
    }
  }
}
