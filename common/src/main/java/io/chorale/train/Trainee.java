package io.chorale.train;

import io.chorale.config.Settings;
import io.chorale.config.TrainSettings;
import io.chorale.config.TrainSettings.Precision;
import io.chorale.data.Batch;
import io.chorale.io.FloatSlices;
import io.chorale.io.FloatStore;
import io.chorale.io.FloatVector;
import io.chorale.model.Dropout;
import io.chorale.model.ParameterLayout;
import io.chorale.model.Pass;
import io.chorale.model.State;
import io.chorale.model.Weights;
import io.chorale.task.Task;
import io.chorale.tensor.Device;
import io.chorale.tensor.FlatTensors;
import io.chorale.tensor.Products;
import io.chorale.tensor.StepScope;
import io.chorale.tensor.Tape;
import io.chorale.tensor.TensorStore;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * A model in training: its parameters, its optimizer, and the state that it carries. A step is
 * forward, backward, clip, optimizer.
 */
final class Trainee implements AutoCloseable {
  /** Begins the names of the carried state's arrays. */
  static final String HIDDEN = "hidden.";

  // What PyTorch's clip_grad_norm_ adds to the norm before it divides.
  private static final double CLIP_EPSILON = 1e-6;

  private final Task task;
  private final TrainSettings train;
  private final double dropout;
  private final Optional<Products> products;
  private final Weights weights;
  private final Optimizer optimizer;
  private final HeldRows held; // null where all is trained
  private final List<FloatVector> hidden; // what is carried from round to round
  private State carried = State.NONE;
  private double gradientNorms; // of all steps so far

  Trainee(Task task, Settings settings, FloatSlices anchor, FrozenRows frozen, Device device) {
    this.task = task;
    this.train = settings.train();
    this.dropout = settings.model().dropout();
    ParameterLayout layout = task.layout();
    boolean bfloat16 = train.precision() == Precision.BFLOAT16;
    hidden = task.carriedSizes(train.batch()).stream().map(FloatVector::new).toList();
    products = Products.of(train, device);
    weights = Weights.trained(layout, anchor, bfloat16, device, products);
    Optimizer made = null;
    try {
      held = HeldRows.of(weights, layout, frozen);
      made = Optimizer.of(train, weights.flat(), layout.decayed());
    } catch (RuntimeException | Error e) {
      if (made != null) {
        made.close();
      }
      weights.close();
      throw e;
    }
    optimizer = made;
  }

  /** The moments of the optimizer and the carried state, by name; zeros at first. */
  Map<String, FloatStore> state() {
    Map<String, FloatStore> arrays = new TreeMap<>(optimizer.moments());
    for (int i = 0; i < hidden.size(); i++) {
      arrays.put(HIDDEN + i, hidden.get(i));
    }
    return arrays;
  }

  /** Carries on what {@link #state} holds; once, before the first step. */
  void restore() {
    try (StepScope scope = new StepScope()) {
      List<Tensor> flat = new ArrayList<>();
      for (FloatVector values : hidden) {
        Tensor tensor =
            torch.empty(new long[] {values.length()}, weights.flat().values().options(), null);
        FlatTensors.write(values, tensor);
        flat.add(tensor);
      }
      if (!flat.isEmpty()) {
        carried = task.restore(flat).keep(scope);
      }
    }
  }

  /** Lets {@link #state} hold what is carried; once, after the last step. */
  void save() {
    try (StepScope scope = new StepScope()) {
      for (int i = 0; i < carried.tensors().size(); i++) {
        FlatTensors.read(carried.tensors().get(i).flatten()).copyTo(hidden.get(i), 0);
      }
    }
  }

  /**
   * One local step; where the loss is not finite, nothing but the gradients is changed.
   *
   * @param step local steps before this one, in the whole run
   * @return the mean loss over the predictions, in nats
   */
  double step(Batch batch, double learningRate, long step, long dropoutSeed) {
    try (StepScope scope = new StepScope();
        Tape tape = new Tape()) {
      weights.begin();
      Pass pass = Pass.training(Dropout.seeded(dropout, dropoutSeed), tape);
      Task.Loss loss = task.loss(weights, batch, batch.continued() ? carried : State.NONE, pass);
      tape.backward(loss.mean());
      // Not before the way back: to read a value waits for all that a GPU still has to do.
      double value = loss.mean().item_float();
      if (!Double.isFinite(value)) {
        return value;
      }
      weights.gather();
      if (held != null) {
        held.ignore();
      }
      if (train.clip() > 0) {
        gradientNorms += weights.clip(train.clip(), CLIP_EPSILON);
      }
      optimizer.step(learningRate, step);
      if (held != null) {
        held.restore();
      }
      if (task.carries()) {
        State next = loss.last().keep(scope);
        carried.close();
        carried = next;
      }
      return value;
    }
  }

  /** The sum of the gradients' norms before clipping; not a number where nothing is clipped. */
  double gradientNorms() {
    return train.clip() > 0 ? gradientNorms : Double.NaN;
  }

  /** The names of oneDNN's kernels that have computed; none where libtorch's have. */
  SortedSet<String> kernels() {
    return products.map(Products::kernels).orElseGet(TreeSet::new);
  }

  FloatSlices parameters() {
    return new TensorStore(weights.flat().values());
  }

  @Override
  public void close() {
    carried.close();
    optimizer.close();
    if (held != null) {
      held.close();
    }
    weights.close();
  }
}
