package io.chorale.tensor;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.function.Function;
import org.bytedeco.pytorch.AutoGradMode;
import org.bytedeco.pytorch.BoolOptional;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/**
 * The way back through one step where autograd alone does not go: pieces of a model whose gradients
 * are written by hand, or whose forward pass is computed again instead of kept.
 *
 * <p>A piece is {@linkplain #cut cut} out of autograd's graph: its outputs become leaves. {@link
 * #backward} lets autograd fill the gradients of the leaves, then goes through the cuts from the
 * last to the first: each turns the gradients of its outputs into those of its inputs, from where
 * autograd goes on. Two cuts whose inputs share a part of autograd's graph are refused by it, since
 * that part would be gone through twice; what shares an input belongs into one cut, or makes that
 * input {@linkplain #shared a leaf} first.
 *
 * <p>For one step on one thread; {@link #NONE} records nothing.
 */
public final class Tape implements AutoCloseable {
  /** For passes without a way back: evaluation and generation. */
  public static final Tape NONE = new Tape(false);

  private final boolean recording;
  private final Deque<Cut> cuts = new ArrayDeque<>();
  private final List<Runnable> releases = new ArrayList<>();

  /** The way back through a piece of a model that autograd does not see. */
  @FunctionalInterface
  public interface Segment {
    /**
     * The gradients of the inputs; adds to those of the parameters that the piece has used.
     *
     * <p>Autograd does not record while it runs.
     *
     * @param outputs the gradients of the outputs, in their order; one is undefined where the loss
     *     does not depend on that output
     * @return one for each input, in their order; one that needs none may be undefined
     */
    List<Tensor> backward(List<Tensor> outputs);
  }

  private record Cut(List<Tensor> inputs, List<Tensor> outputs, Segment segment) {}

  /** A tape that records. */
  public Tape() {
    this(true);
  }

  private Tape(boolean recording) {
    this.recording = recording;
  }

  /** Whether there will be a way back, for which a pass must keep what it needs. */
  public boolean recording() {
    return recording;
  }

  /**
   * Records a piece of a model that was computed without autograd.
   *
   * @param inputs what it was computed from, beside parameters
   * @param outputs floats, not views of an input that autograd knows of; they become leaves that
   *     require a gradient
   * @return the outputs
   */
  public List<Tensor> cut(List<Tensor> inputs, List<Tensor> outputs, Segment segment) {
    if (recording) {
      outputs.forEach(output -> output.set_requires_grad(true));
      cuts.push(new Cut(List.copyOf(inputs), List.copyOf(outputs), segment));
    }
    return outputs;
  }

  /**
   * Computes a piece of a model without keeping what its way back needs: that is computed again
   * then (Chen et al., "Training deep nets with sublinear memory cost", 2016). Costs one more
   * forward pass of the piece; the same bytes as without.
   *
   * @param inputs what the piece reads; one that several pieces read must be {@linkplain #shared
   *     shared}
   * @param piece gives the same values each time it is called
   */
  public Tensor recomputed(List<Tensor> inputs, Function<List<Tensor>, Tensor> piece) {
    if (!recording) {
      return piece.apply(inputs);
    }
    List<Tensor> outputs;
    try (NoGradGuard guard = new NoGradGuard()) {
      outputs = StepScope.results(() -> List.of(piece.apply(inputs)));
    }
    Segment again = gradients -> StepScope.results(() -> gradients(inputs, piece, gradients));
    return cut(inputs, outputs, again).get(0);
  }

  private static List<Tensor> gradients(
      List<Tensor> inputs, Function<List<Tensor>, Tensor> piece, List<Tensor> outputs) {
    List<Tensor> leaves =
        inputs.stream().map(input -> input.detach().set_requires_grad(true)).toList();
    try (AutoGradMode recorded = new AutoGradMode(true)) {
      goOn(List.of(piece.apply(leaves)), outputs);
    }
    return leaves.stream().map(Tensor::grad).toList();
  }

  /**
   * A tensor that several cuts may read, as a leaf: what comes back from all of them is added up
   * before autograd goes on from it, once.
   */
  public Tensor shared(Tensor x) {
    return recording ? cut(List.of(x), List.of(x.detach()), gradients -> gradients).get(0) : x;
  }

  /**
   * Calls back when the way back has been gone, or is given up, to free what was kept for it; at
   * once where there is none.
   */
  public void whenDone(Runnable release) {
    if (recording) {
      releases.add(release);
    } else {
      release.run();
    }
  }

  /**
   * Adds the gradient of a loss to the gradients of the parameters.
   *
   * @param loss a scalar
   */
  public void backward(Tensor loss) {
    loss.backward();
    while (!cuts.isEmpty()) {
      Cut cut = cuts.pop();
      List<Tensor> gradients = cut.outputs().stream().map(Tensor::grad).toList();
      if (gradients.stream().anyMatch(Tensor::defined)) {
        List<Tensor> back;
        try (NoGradGuard guard = new NoGradGuard()) {
          back = cut.segment().backward(gradients);
        }
        goOn(cut.inputs(), back);
      }
    }
    close();
  }

  /** Lets autograd go back from tensors whose gradients are known. */
  private static void goOn(List<Tensor> tensors, List<Tensor> gradients) {
    TensorVector from = new TensorVector();
    TensorVector with = new TensorVector();
    for (int i = 0; i < tensors.size(); i++) {
      if (tensors.get(i).requires_grad() && gradients.get(i).defined()) {
        from.push_back(tensors.get(i));
        with.push_back(gradients.get(i));
      }
    }
    if (!from.empty()) {
      torch.backward(from, with, new BoolOptional(), false, new TensorVector());
    }
  }

  @Override
  public void close() {
    cuts.clear();
    releases.forEach(Runnable::run);
    releases.clear();
  }
}
