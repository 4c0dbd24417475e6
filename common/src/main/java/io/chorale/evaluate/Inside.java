package io.chorale.evaluate;

import io.chorale.checkpoint.TrainedModel;
import io.chorale.config.ChoraleException;
import io.chorale.model.Dropout;
import io.chorale.model.Pass;
import io.chorale.model.State;
import io.chorale.model.Weights;
import io.chorale.task.Task;
import io.chorale.tensor.Device;
import io.chorale.tensor.Engine;
import io.chorale.tensor.StepScope;
import io.chorale.tensor.Tape;

/**
 * Looks inside of a model while it reads one row: what each layer hands on, where attention looks,
 * and how much of the gradient of one loss comes back to each step. Where that shrinks by a factor
 * a step, nothing that far back is learned: the vanishing gradient (Bengio, Simard and Frasconi,
 * 1994).
 *
 * <p>For one thread at a time.
 */
public final class Inside implements AutoCloseable {
  private final Task task;
  private final Weights weights;
  private final GivenRow given;

  /** Opens a model for looking; its parameters are copied. */
  public Inside(TrainedModel model) {
    Engine.start();
    this.task = model.task();
    this.weights = Weights.trained(task.layout(), model.parameters(), false, Device.CPU);
    this.given = new GivenRow(model, weights);
  }

  /**
   * Reads a row; of one that is too long, its begin.
   *
   * @param text a text, or for a model of series a JSON list of its steps, each a number or a list
   *     of them; for a forecast whose model reads the calendar an object of {@code steps} and the
   *     {@code time} of the last one
   * @throws ChoraleException where it is no row for this model, or the task cannot be looked into
   */
  public Insight look(String text) {
    GivenRow.Prepared row = given.prepare(text);
    Listener listener = new Listener();
    try (StepScope scope = new StepScope();
        Tape tape = new Tape()) {
      weights.begin();
      Pass pass = Pass.traced(Dropout.NONE, tape, listener);
      tape.backward(task.loss(weights, row.batch(), State.NONE, pass).mean());
      return new Insight(
          text,
          row.loss(),
          row.read(),
          row.written(),
          row.predictions(),
          listener.attention(),
          listener.gradients(),
          listener.states());
    }
  }

  @Override
  public void close() {
    weights.close();
  }
}
