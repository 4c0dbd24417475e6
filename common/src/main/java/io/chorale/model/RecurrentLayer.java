package io.chorale.model;

import io.chorale.config.Settings;
import io.chorale.tensor.FlatTensors;
import io.chorale.tensor.StepScope;
import java.util.List;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * One layer of a recurrent network: a loop over time, and the loop back through time (Werbos,
 * 1990).
 *
 * <p>Written out instead of recorded by autograd, so that every product with a matrix that does not
 * depend on the state before is one product over all steps, and so that memory is used again. A
 * step keeps its units in rows and the batch in columns, [H, B]: the small products of the loop run
 * a third faster that way round. G is the number of gates times H; "columns" are [units, T x B].
 *
 * <p>All methods expect that autograd does not record.
 */
abstract class RecurrentLayer implements AutoCloseable {
  final Tensor recurrentMatrix; // [G, H]
  final Tensor inputBias; // [G]
  final Tensor recurrentBias; // [G]
  final Buffers buffers;
  final long width;

  private final long rows;

  // Of the last forward pass.
  long length;
  long batch;
  Tensor gates; // [T, G, B]
  Tensor hidden; // [1 + T, H, B]; the first one is the state before

  RecurrentLayer(FlatTensors weights, int layer) {
    this.recurrentMatrix = weights.get("weight_hh_l" + layer);
    this.inputBias = weights.get("bias_ih_l" + layer);
    this.recurrentBias = weights.get("bias_hh_l" + layer);
    this.rows = recurrentMatrix.size(0);
    this.width = recurrentMatrix.size(1);
    this.buffers = new Buffers(recurrentMatrix);
  }

  static RecurrentLayer of(Settings settings, FlatTensors weights, int layer) {
    return switch (settings.model().kind()) {
      case LSTM -> new LstmLayer(weights, layer);
      case GRU -> new GruLayer(weights, layer);
      case RNN -> new RnnLayer(weights, layer, settings.recurrence().nonlinearity());
      case TRANSFORMER -> throw new IllegalArgumentException("a transformer has no such layers");
    };
  }

  /** What is added to the projection of every step before the loop: [G]. */
  abstract Tensor biasBeforeLoop();

  /** Makes room for a block, and takes over the state before it; empty means zeros. */
  abstract void begin(List<Tensor> state);

  /** Computes {@code hidden[t + 1]} from {@code gates[t]} and {@code hidden[t]}. */
  abstract void step(long t);

  /** The state after the last step, in memory of its own: tensors [H, B]. */
  abstract List<Tensor> state();

  /** Makes room for the gradients of a block. */
  abstract void beginBack();

  /**
   * The gradients of one step.
   *
   * @param gradient of {@code hidden[t + 1]}; may be overwritten
   * @param back where the gradients of the products with the recurrent matrix go: [G, B]
   * @param before the gradient of {@code hidden[t]}, to which is added what does not pass through
   *     the recurrent matrix
   */
  abstract void stepBack(long t, Tensor gradient, Tensor back, Tensor before);

  /**
   * Turns the gradients of the products with the recurrent matrix into those of the projections of
   * the input, both columns [G, T x B]. Only in a GRU do they differ.
   */
  void toInputGradients(Tensor columns) {}

  /**
   * Runs through a block.
   *
   * @param projection the input times its matrix, without the bias: columns [G, T x B]
   * @param state of the block before, as {@link #state} gave it, or empty
   * @return the hidden states [T, H, B], in memory that the next block overwrites
   */
  final Tensor forward(Tensor projection, long steps, List<Tensor> state) {
    length = steps;
    batch = projection.size(1) / steps;
    gates = buffers.get("gates", length, rows, batch);
    hidden = buffers.get("hidden", length + 1, width, batch);
    torch.add_out(
        gates,
        projection.view(rows, length, batch).permute(1, 0, 2),
        biasBeforeLoop().view(1, rows, 1));
    begin(state);
    for (long t = 0; t < length; t++) {
      try (StepScope scope = new StepScope()) {
        step(t);
      }
    }
    return hidden.narrow(0, 1, length);
  }

  /**
   * Runs back through the block of the last {@link #forward}, and adds to the gradients of this
   * layer's recurrent matrix and biases. No gradient passes to the block before.
   *
   * @param gradient of the hidden states that forward returned, any layout of [T, H, B]
   * @return the gradient of the projection, columns [G, T x B], in memory that the next call
   *     overwrites
   */
  final Tensor backward(Tensor gradient) {
    Tensor into = buffers.get("hidden.gradient", length + 1, width, batch);
    into.select(0, 0).zero_();
    into.narrow(0, 1, length).copy_(gradient);
    Tensor back = buffers.get("gates.gradient", length, rows, batch);
    Tensor transposed = buffers.get("matrix.transposed", width, rows);
    transposed.copy_(recurrentMatrix.t());
    beginBack();
    for (long t = length - 1; t >= 0; t--) {
      try (StepScope scope = new StepScope()) {
        Tensor before = into.select(0, t);
        stepBack(t, into.select(0, t + 1), back.select(0, t), before);
        if (t > 0) {
          torch.addmm_out(before, before, transposed, back.select(0, t));
        }
      }
    }
    Tensor columns = columns("gates.columns", back);
    Tensor past = columns("hidden.columns", hidden.narrow(0, 0, length));
    recurrentMatrix.grad().addmm_(columns, past.t());
    recurrentBias.grad().add_(columns.sum(1));
    toInputGradients(columns);
    inputBias.grad().add_(columns.sum(1));
    return columns;
  }

  /** A copy of [T, units, B] as columns [units, T x B]. */
  final Tensor columns(String name, Tensor steps) {
    long units = steps.size(1);
    Tensor columns = buffers.get(name, units, length * batch);
    columns.view(units, length, batch).copy_(steps.permute(1, 0, 2));
    return columns;
  }

  @Override
  public void close() {
    buffers.close();
  }
}
