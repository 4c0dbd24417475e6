package io.chorale.model;

import io.chorale.tensor.StepScope;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * One pass of a recurrent layer over time, and the way back through time (Werbos, 1990).
 *
 * <p>Written out instead of recorded by autograd, so that every product with a matrix that does not
 * depend on the state before is one product over all steps, and so that memory is used again. A
 * step keeps its units in rows and the batch in columns, [H, B]: the small products of the loop run
 * a third faster that way round. G is the number of gates times H.
 *
 * <p>All methods expect that autograd does not record. States are in the order of the {@link
 * Steps}.
 */
abstract class RecurrentLoop {
  final Tensor recurrentMatrix; // [G, H]
  final Tensor inputBias; // [G]
  final Tensor recurrentBias; // [G]
  final Buffers buffers;
  final Steps steps;
  final long width;
  final StepMemory gates; // [T, G, B]
  final StepMemory hidden; // [1 + T, H, B]

  private final long rows;
  private final List<Tensor> matrices = new ArrayList<>(); // of each group of gates
  private final Optional<GateNorms> gateNorms;

  /**
   * @param groups how many gates each group has, in their order: what enters them is normalized
   *     together, where it is
   */
  RecurrentLoop(RecurrentCell cell, Weights w, Buffers buffers, Steps steps, List<Integer> groups) {
    this.recurrentMatrix = w.get(cell.recurrentMatrix());
    this.inputBias = w.get(cell.inputBias());
    this.recurrentBias = w.get(cell.recurrentBias());
    this.buffers = buffers;
    this.steps = steps;
    this.rows = recurrentMatrix.size(0);
    this.width = recurrentMatrix.size(1);
    this.gates = memory("gates", rows, false);
    this.hidden = memory("hidden", width, true);
    long from = 0;
    for (int gatesOfGroup : groups) {
      matrices.add(recurrentMatrix.narrow(0, from, gatesOfGroup * width));
      from += gatesOfGroup * width;
    }
    this.gateNorms = cell.norms().map(slots -> new GateNorms(slots, w, this, matrices));
  }

  /** Memory for numbers of every step. */
  final StepMemory memory(String name, long units, boolean led) {
    return new StepMemory(buffers, name, steps, units, led);
  }

  /** What is added to the projection of every step before the loop: [G]. */
  abstract Tensor biasBeforeLoop();

  /** What a step hands on, first of all the hidden states. */
  abstract List<StepMemory> states();

  /**
   * Puts a sum to a place: of a summand and of what the hidden state adds to a group of gates, its
   * product with their rows of the recurrent matrix, normalized where the layer does so.
   *
   * @param past the hidden state before step t
   */
  final void addProduct(int t, int group, Tensor past, Tensor summand, Tensor into) {
    if (gateNorms.isPresent()) {
      gateNorms.get().addProduct(t, group, past, summand, into);
    } else {
      torch.addmm_out(into, summand, matrices.get(group), past);
    }
  }

  /** Computes the states after step t from those before and {@code gates.at(t)}. */
  abstract void step(int t);

  /**
   * Makes room for the gradients of a block.
   *
   * @param last gradients of the last states but the hidden one [H, B]; undefined ones are zero
   */
  abstract void beginBack(List<Tensor> last);

  /**
   * The gradients of one step.
   *
   * @param gradient of the hidden state after it; may be overwritten
   * @param back where the gradients of what the hidden state adds to the gates go: [G, active(t)]
   * @param before the gradient of the hidden state before it, to which is added what does not pass
   *     through the recurrent matrix
   */
  abstract void stepBack(int t, Tensor gradient, Tensor back, Tensor before);

  /** After the last step back: gradients of the first states but the hidden one. */
  abstract List<Tensor> firstGradients();

  /**
   * Turns the gradients of what the hidden state adds to the gates into those of what the input
   * adds, both columns [G, N]. Only in a GRU do they differ.
   */
  void toInputGradients(Tensor columns) {}

  /**
   * Runs through a block.
   *
   * @param projection the input times its matrix, without the bias: columns [G, N]
   * @param before the states before the first step, or none for zeros
   */
  final void forward(Tensor projection, List<Tensor> before) {
    gateNorms.ifPresent(norm -> norm.normalizeInput(projection));
    gates.load(steps.split(projection), biasBeforeLoop());
    List<StepMemory> states = states();
    for (int i = 0; i < states.size(); i++) {
      Tensor first = states.get(i).first();
      if (before.isEmpty()) {
        first.zero_();
      } else {
        first.copy_(before.get(i));
      }
    }
    for (int t = 0; t < steps.length(); t++) {
      try (StepScope scope = new StepScope()) {
        step(t);
      }
    }
  }

  /** The states after each row's last step, in memory of their own [H, B]. */
  final List<Tensor> last() {
    return states().stream().map(StepMemory::last).toList();
  }

  /**
   * Gradients that a way back leaves.
   *
   * @param projection columns [G, N], in memory that the next pass overwrites
   * @param before of the states before the first step [H, B]; none where they were not asked for
   */
  record Back(Tensor projection, List<Tensor> before) {}

  /**
   * Runs back through the block of the last {@link #forward}, and adds to the gradients of this
   * layer's recurrent matrix and biases.
   *
   * @param gradient of the hidden states after each step, in step layout; undefined means zero
   * @param last of the states after each row's last step; undefined ones are zero
   * @param wantsBefore whether gradients go on into the states before
   * @param layer its name, for the trace
   */
  final Back backward(
      Tensor gradient, List<Tensor> last, boolean wantsBefore, String layer, Trace trace) {
    StepMemory into = memory("hidden.gradient", width, true);
    if (gradient.defined()) {
      into.first().zero_();
      into.load(gradient);
    } else {
      into.zero();
    }
    if (last.get(0).defined()) {
      into.addToLast(last.get(0));
    }
    StepMemory back = memory("gates.gradient", rows, false);
    StepMemory ofProducts = gateNorms.map(GateNorms::products).orElse(back);
    Tensor transposed = buffers.get("matrix.transposed", width, rows);
    transposed.copy_(recurrentMatrix.t());
    beginBack(last.subList(1, last.size()));
    boolean toTheEnd = wantsBefore || trace.listens();
    double[] norms = new double[trace.listens() ? steps.length() + 1 : 0];
    for (int t = steps.length() - 1; t >= 0; t--) {
      try (StepScope scope = new StepScope()) {
        Tensor after = into.at(t);
        if (trace.listens()) {
          norms[t + 1] = after.norm().item_double();
        }
        Tensor before = into.before(t);
        stepBack(t, after, back.at(t), before);
        if (gateNorms.isPresent()) {
          gateNorms.get().productBack(t, back.at(t));
        }
        if (t > 0 || toTheEnd) {
          torch.addmm_out(before, before, transposed, ofProducts.at(t));
        }
      }
    }
    if (trace.listens()) {
      norms[0] = into.first().norm().item_double();
      trace.stateGradients(layer, norms);
    }
    Tensor columns = buffers.get("gates.columns", rows, steps.total());
    steps.copyToColumns(ofProducts.all(buffers, "gates.all"), columns);
    Tensor past = hidden.allBefore(buffers, "hidden.columns");
    recurrentMatrix.grad().addmm_(columns, past.t());
    if (gateNorms.isPresent()) {
      steps.copyToColumns(back.all(buffers, "gates.all"), columns);
    }
    recurrentBias.grad().add_(columns.sum(1));
    toInputGradients(columns);
    inputBias.grad().add_(columns.sum(1));
    List<Tensor> first = new ArrayList<>();
    if (wantsBefore) {
      first.add(into.first().clone());
      first.addAll(firstGradients());
    }
    return new Back(gateNorms.map(norm -> norm.inputBack(columns)).orElse(columns), first);
  }

  /** The columns of a buffer [H, B] that belong to the rows of step t. */
  final Tensor rowsOf(int t, Tensor buffer) {
    return steps.equal() ? buffer : buffer.narrow(1, 0, steps.active(t));
  }
}
