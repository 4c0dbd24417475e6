package io.chorale.model;

import io.chorale.tensor.Products.Activation;
import io.chorale.tensor.StepScope;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.bytedeco.pytorch.Tensor;

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
  final LayerProducts layerProducts;
  private final Tensor factor; // the recurrent matrix as it is multiplied
  private final List<Tensor> factors = new ArrayList<>(); // of each group of gates
  private final List<Activated> activated = new ArrayList<>();
  private final Optional<GateNorms> gateNorms;

  /**
   * @param groups how many gates each group has, in their order: what enters them is normalized
   *     together, where it is
   * @param activations of the gates of the first group
   */
  RecurrentLoop(
      RecurrentCell cell,
      Weights w,
      LayerProducts products,
      Buffers buffers,
      Steps steps,
      List<Integer> groups,
      List<Activation> activations) {
    this.recurrentMatrix = w.get(cell.recurrentMatrix());
    this.inputBias = w.get(cell.inputBias());
    this.recurrentBias = w.get(cell.recurrentBias());
    this.buffers = buffers;
    this.steps = steps;
    this.rows = recurrentMatrix.size(0);
    this.width = recurrentMatrix.size(1);
    this.gates = memory("gates", rows, false);
    this.hidden = memory("hidden", width, true);
    this.layerProducts = products;
    this.factor = products.matrix(cell.recurrentMatrix());
    long from = 0;
    for (int gatesOfGroup : groups) {
      factors.add(factor.narrow(0, from, gatesOfGroup * width));
      from += gatesOfGroup * width;
    }
    for (int i = 0; i < activations.size(); ) {
      int alike = i + 1;
      while (alike < activations.size() && activations.get(alike) == activations.get(i)) {
        alike++;
      }
      Tensor rowsOfThem = factor.narrow(0, i * width, (alike - i) * width);
      activated.add(new Activated(rowsOfThem, i * width, activations.get(i)));
      i = alike;
    }
    this.gateNorms = cell.norms().map(slots -> new GateNorms(slots, w, products, this, factors));
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
      layerProducts.put(summand, factors.get(group), past, into);
    }
  }

  /**
   * Adds to gates what the hidden state adds to the first group of them, and takes functions of the
   * sums: the activations of each gate in turn.
   *
   * @param past the hidden state before step t
   */
  final void activate(int t, Tensor past, Tensor summand, Tensor into) {
    if (gateNorms.isPresent() || !layerProducts.stepwise()) {
      addProduct(t, 0, past, summand, into);
      for (Activated part : activated) {
        LayerProducts.activate(part.of(into), part.activation());
      }
      return;
    }
    Tensor factor = layerProducts.factor(past, "right");
    for (Activated part : activated) {
      layerProducts.put(part.of(summand), part.matrix(), factor, part.of(into), part.activation());
    }
  }

  /**
   * Rows of the gates that are activated alike.
   *
   * @param matrix their rows of the recurrent matrix
   */
  private record Activated(Tensor matrix, long from, Activation activation) {
    Tensor of(Tensor gates) {
      return gates.narrow(0, from, matrix.size(0));
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
   * adds, both columns [G, N].
   *
   * @return whether they differ, as they do in a GRU alone
   */
  boolean toInputGradients(Tensor columns) {
    return false;
  }

  /**
   * Runs through a block.
   *
   * @param matrix by which the input is multiplied [G, E]
   * @param x the input, columns [E, N]
   * @param before the states before the first step, or none for zeros
   */
  final void forward(Tensor matrix, Tensor x, List<Tensor> before) {
    if (layerProducts.stepwise() && gateNorms.isEmpty()) {
      projectSteps(matrix, layerProducts.factor(x, "input"));
    } else {
      Tensor projection = buffers.get("gates.columns", rows, steps.total());
      layerProducts.put(matrix, x, projection);
      gateNorms.ifPresent(norm -> norm.normalizeInput(projection));
      gates.load(steps.split(projection), biasBeforeLoop());
    }
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

  private void projectSteps(Tensor matrix, Tensor x) {
    Tensor bias = buffers.get("bias", rows, steps.batch());
    bias.copy_(biasBeforeLoop().view(rows, 1));
    for (int t = 0; t < steps.length(); t++) {
      try (StepScope scope = new StepScope()) {
        int count = steps.active(t);
        Tensor read = layerProducts.memory(buffers).get("input.step", x.size(0), count);
        read.copy_(stepOf(t, x));
        layerProducts.put(rowsOf(t, bias), matrix, read, gates.at(t));
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
    Tensor columns = layerProducts.left(buffers, "gates.gradients", rows, steps.total());
    Tensor ofGates =
        gateNorms.isPresent() ? buffers.get("gates.normal", rows, steps.total()) : columns;
    Tensor transposed = layerProducts.turned(factor, buffers);
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
        Tensor back = buffers.get("gates.gradient", rows, steps.active(t));
        stepBack(t, after, back, before);
        if (gateNorms.isPresent()) {
          stepOf(t, ofGates).copy_(back);
          back = gateNorms.get().productBack(t, back);
        }
        Tensor ofProduct = layerProducts.factor(back, "gates.gradient");
        stepOf(t, columns).copy_(ofProduct);
        if (t > 0 || toTheEnd) {
          layerProducts.put(before, transposed, ofProduct, before);
        }
      }
    }
    if (trace.listens()) {
      norms[0] = into.first().norm().item_double();
      trace.stateGradients(layer, norms);
    }
    Tensor past = hidden.allBefore(buffers, "hidden.columns");
    layerProducts.addTurned(columns, past, recurrentMatrix.grad());
    Tensor ofBias = layerProducts.sum(ofGates);
    recurrentBias.grad().add_(ofBias);
    inputBias.grad().add_(toInputGradients(ofGates) ? layerProducts.sum(ofGates) : ofBias);
    List<Tensor> first = new ArrayList<>();
    if (wantsBefore) {
      first.add(into.first().clone());
      first.addAll(firstGradients());
    }
    return new Back(gateNorms.map(norm -> norm.inputBack(ofGates)).orElse(columns), first);
  }

  /** The columns of step t among those of all steps. */
  private Tensor stepOf(int t, Tensor columns) {
    return columns.narrow(1, steps.offset(t), steps.active(t));
  }

  /** The columns of a buffer [H, B] that belong to the rows of step t. */
  final Tensor rowsOf(int t, Tensor buffer) {
    return steps.equal() ? buffer : buffer.narrow(1, 0, steps.active(t));
  }
}
