package io.chorale.model;

import io.chorale.config.Settings;
import io.chorale.tensor.FlatTensors;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.pytorch.GradMode;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;

/**
 * A recurrent language model: embedding, layers with dropout between them, head.
 *
 * <p>Its state is the state of each layer in turn: h, and c in an LSTM, [C, B] each. Gradients end
 * at the beginning of a block (truncated backpropagation through time; Williams and Peng, 1990).
 *
 * <p>Autograd sees only the head: it takes the hidden states of the last layer for a leaf, and
 * {@link #backward} goes on from the gradient of that leaf. E is the width of the embedding;
 * "columns" are [units, T x B].
 */
final class Recurrent implements Model {
  private final Tensor embedding; // [V, E]
  private final List<Tensor> inputMatrices = new ArrayList<>(); // [G, E or C]
  private final List<RecurrentLayer> layers = new ArrayList<>();
  private final Tensor headMatrix; // [V, C]
  private final Tensor headBias; // [V]
  private final boolean oneHot;

  /** What {@link #backward} needs of the last forward pass; null where autograd did not record. */
  private Tape tape;

  /**
   * One forward pass.
   *
   * @param tokens ids by time and row [T x B]
   * @param inputs of each layer, columns
   * @param masks of the dropout before each layer but the first, columns; empty without dropout
   * @param output the hidden states of the last layer, a leaf [B, T, C]
   */
  private record Tape(Tensor tokens, List<Tensor> inputs, List<Tensor> masks, Tensor output) {}

  Recurrent(Settings settings, FlatTensors weights) {
    embedding = weights.get("embedding.weight");
    for (int i = 0; i < settings.model().layers(); i++) {
      inputMatrices.add(weights.get("weight_ih_l" + i));
      layers.add(RecurrentLayer.of(settings, weights, i));
    }
    headMatrix = weights.get(settings.model().tiedHead() ? "embedding.weight" : "head.weight");
    headBias = weights.get("head.bias");
    oneHot = embedding.size(0) <= embedding.size(1);
  }

  @Override
  public Output forward(Tensor inputs, List<Tensor> state, Dropout dropout) {
    long batch = inputs.size(0);
    long length = inputs.size(1);
    boolean recorded = GradMode.is_enabled();
    int each = state.size() / layers.size();
    Tensor tokens = inputs.t().reshape(length * batch);
    List<Tensor> columns = new ArrayList<>();
    List<Tensor> masks = new ArrayList<>();
    List<Tensor> next = new ArrayList<>();
    Tensor output;
    try (NoGradGuard guard = new NoGradGuard()) {
      Tensor hidden = null; // [T, C, B]
      for (int i = 0; i < layers.size(); i++) {
        RecurrentLayer layer = layers.get(i);
        Tensor x = i == 0 ? embed(tokens) : layers.get(i - 1).columns("output.columns", hidden);
        if (i > 0 && dropout != Dropout.NONE) {
          Tensor mask = dropout.apply(torch.ones_like(x));
          masks.add(mask);
          x.mul_(mask);
        }
        columns.add(x);
        hidden = layer.forward(project(i, x), length, state.subList(i * each, (i + 1) * each));
        next.addAll(layer.state());
      }
      output = hidden.permute(2, 0, 1).contiguous(); // [B, T, C]
    }
    tape = null;
    if (recorded) {
      output.set_requires_grad(true);
      tape = new Tape(tokens, columns, masks, output);
    }
    return new Output(torch.linear(output, headMatrix, new TensorOptional(headBias)), next);
  }

  /**
   * The input of the first layer. Where the vocabulary is small, tokens stay one-hot [V, T x B] and
   * {@link #project} multiplies the matrix with the embedding first: the same function for less
   * work, a seventh of a step with characters.
   */
  private Tensor embed(Tensor tokens) {
    if (!oneHot) {
      return embedding.index_select(0, tokens).t(); // [E, T x B]
    }
    Tensor columns =
        torch.zeros(new long[] {embedding.size(0), tokens.numel()}, embedding.options());
    return columns.scatter_(0, tokens.unsqueeze(0), new Scalar(1.0));
  }

  /** Columns [G, T x B]. */
  private Tensor project(int layer, Tensor x) {
    Tensor matrix = inputMatrices.get(layer);
    Tensor effective = layer == 0 && oneHot ? matrix.mm(embedding.t()) : matrix;
    Tensor result = layers.get(layer).buffers.get("gates.columns", matrix.size(0), x.size(1));
    return torch.mm_out(result, effective, x);
  }

  @Override
  public void backward(Tensor loss) {
    if (tape == null) {
      throw new IllegalStateException("no forward pass was recorded");
    }
    loss.backward();
    try (NoGradGuard guard = new NoGradGuard()) {
      Tensor gradient = tape.output().grad().permute(1, 2, 0); // [T, C, B]
      for (int i = layers.size() - 1; i >= 0; i--) {
        Tensor columns = layers.get(i).backward(gradient); // [G, T x B]
        if (i == 0) {
          backwardEmbedding(columns);
        } else {
          inputMatrices.get(i).grad().addmm_(columns, tape.inputs().get(i).t());
          Tensor x = inputMatrices.get(i).t().mm(columns); // [C, T x B]
          if (!tape.masks().isEmpty()) {
            x.mul_(tape.masks().get(i - 1));
          }
          gradient = x.view(gradient.size(1), gradient.size(0), gradient.size(2)).permute(1, 0, 2);
        }
      }
    }
    tape = null;
  }

  private void backwardEmbedding(Tensor columns) {
    Tensor matrix = inputMatrices.get(0);
    Tensor x = tape.inputs().get(0);
    if (oneHot) {
      Tensor table = columns.mm(x.t()); // [G, V]
      matrix.grad().addmm_(table, embedding);
      embedding.grad().addmm_(table.t(), matrix);
    } else {
      matrix.grad().addmm_(columns, x.t());
      embedding.grad().index_add_(0, tape.tokens(), columns.t().mm(matrix));
    }
  }

  @Override
  public void close() {
    layers.forEach(RecurrentLayer::close);
  }
}
