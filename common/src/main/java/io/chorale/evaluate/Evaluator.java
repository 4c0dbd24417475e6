package io.chorale.evaluate;

import io.chorale.config.TrainSettings;
import io.chorale.data.Batch;
import io.chorale.io.FloatSlices;
import io.chorale.model.BaseWeights;
import io.chorale.model.State;
import io.chorale.model.Weights;
import io.chorale.task.RowModel;
import io.chorale.task.Task;
import io.chorale.tensor.Device;
import io.chorale.tensor.Engine;
import io.chorale.tensor.StepScope;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import org.bytedeco.pytorch.NoGradGuard;

/** Adds up what the measures of a model are made from, over batches that it was not trained on. */
public final class Evaluator implements AutoCloseable {
  private static final long LARGEST_TENSOR = 1L << 26;

  private final Task task;
  private final Weights weights;

  /**
   * @param parameters of the model; copied
   * @param train how it was trained, which says by whose kernels it is read
   * @param device where to compute
   */
  public Evaluator(Task task, FloatSlices parameters, TrainSettings train, Device device) {
    this(task, parameters, Optional.empty(), train, device);
  }

  /**
   * As {@link #Evaluator(Task, FloatSlices, TrainSettings, Device)}.
   *
   * @param base what a training of the task only reads, where there is such; closed with this
   */
  public Evaluator(
      Task task,
      FloatSlices parameters,
      Optional<BaseWeights> base,
      TrainSettings train,
      Device device) {
    Engine.start();
    this.task = task;
    this.weights = Weights.frozen(task.layout(), parameters, train, device, base);
  }

  /**
   * Rows to read at the same time: as many as are wanted, fewer where what they make would be too
   * large. How many decides nothing about what a prediction is made from.
   */
  public static int rows(RowModel model, int wanted) {
    return (int) Math.max(1, Math.min(wanted, LARGEST_TENSOR / model.largestOfRow()));
  }

  /**
   * The sums over some batches; a batch that goes on does so from the one before it.
   *
   * @param batches at least one
   */
  public double[] sums(Iterator<Batch> batches) {
    return each(batches).stream().reduce(Evaluator::sum).orElseThrow();
  }

  /** As {@link #sums}, of each batch by itself. */
  public List<double[]> each(Iterator<Batch> batches) {
    List<double[]> sums = new ArrayList<>();
    try (NoGradGuard guard = new NoGradGuard();
        Reading reading = new Reading()) {
      batches.forEachRemaining(batch -> sums.add(reading.measure(batch)));
      return sums;
    } finally {
      Engine.release();
    }
  }

  /** The sum of sums of the same task. */
  public static double[] sum(double[] a, double[] b) {
    double[] sum = a.clone();
    for (int i = 0; i < sum.length; i++) {
      sum[i] += b[i];
    }
    return sum;
  }

  /** A sequence of batches, with the state after the last one. */
  private final class Reading implements AutoCloseable {
    private State state = State.NONE;

    double[] measure(Batch batch) {
      try (StepScope scope = new StepScope()) {
        Task.Sums measured = task.measure(weights, batch, batch.continued() ? state : State.NONE);
        State next = task.carries() ? measured.last().keep(scope) : State.NONE;
        state.close();
        state = next;
        return measured.values();
      }
    }

    @Override
    public void close() {
      state.close();
    }
  }

  @Override
  public void close() {
    weights.close();
  }
}
