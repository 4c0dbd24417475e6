package io.chorale.evaluate;

import io.chorale.data.Batch;
import io.chorale.io.FloatSlices;
import io.chorale.model.State;
import io.chorale.model.Weights;
import io.chorale.task.Task;
import io.chorale.tensor.Device;
import io.chorale.tensor.Engine;
import io.chorale.tensor.StepScope;
import java.util.Iterator;
import org.bytedeco.pytorch.NoGradGuard;

/** Adds up what the measures of a model are made from, over batches that it was not trained on. */
public final class Evaluator implements AutoCloseable {
  private static final long LARGEST_TENSOR = 1L << 26;

  private final Task task;
  private final Weights weights;

  /**
   * @param parameters of the model; copied
   * @param device where to compute
   */
  public Evaluator(Task task, FloatSlices parameters, Device device) {
    Engine.start();
    this.task = task;
    this.weights = Weights.frozen(task.layout(), parameters, device);
  }

  /**
   * Rows to read at the same time: as many as are wanted, fewer where what they make would be too
   * large. How many decides nothing about what a prediction is made from.
   */
  public static int rows(Task task, int wanted) {
    return (int) Math.max(1, Math.min(wanted, LARGEST_TENSOR / task.largestOfRow()));
  }

  /**
   * The sums over some batches; a batch that goes on does so from the one before it.
   *
   * @param batches at least one
   */
  public double[] sums(Iterator<Batch> batches) {
    double[] sums = null;
    State state = State.NONE;
    try (NoGradGuard guard = new NoGradGuard()) {
      while (batches.hasNext()) {
        Batch batch = batches.next();
        try (StepScope scope = new StepScope()) {
          Task.Sums measured = task.measure(weights, batch, batch.continued() ? state : State.NONE);
          sums = sum(sums, measured.values());
          State next = task.carries() ? measured.last().keep(scope) : State.NONE;
          state.close();
          state = next;
        }
      }
    }
    state.close();
    return sums;
  }

  /** The sum of sums; either may be null for none. */
  public static double[] sum(double[] a, double[] b) {
    if (a == null || b == null) {
      return a == null ? b : a;
    }
    double[] sum = a.clone();
    for (int i = 0; i < sum.length; i++) {
      sum[i] += b[i];
    }
    return sum;
  }

  @Override
  public void close() {
    weights.close();
  }
}
