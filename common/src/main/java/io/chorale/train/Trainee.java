package io.chorale.train;

import io.chorale.config.Settings;
import io.chorale.config.TrainSettings;
import io.chorale.config.TrainSettings.Precision;
import io.chorale.data.Batch;
import io.chorale.io.FloatSlices;
import io.chorale.io.FloatStore;
import io.chorale.io.FloatVector;
import io.chorale.model.BaseWeights;
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
  private final double dropoutOfAdapters;
  private final Optional<Products> products;
  private final Weights weights;
  private final Optimizer optimizer;
  private final HeldRows held; // null where all is trained
  private final WorkerState state;
  private State carried;
  private double gradientNorms; // of all steps so far

  /**
   * @param base what the task only reads, where there is such; closed with this
   */
  Trainee(
      Task task,
      Settings settings,
      FloatSlices anchor,
      WorkerState state,
      FrozenRows frozen,
      Optional<BaseWeights> base,
      Device device) {
    this.task = task;
    this.train = settings.train();
    this.dropout = settings.model().dropout();
    this.dropoutOfAdapters = settings.lora().given() ? settings.lora().dropout() : 0;
    ParameterLayout layout = task.layout();
    boolean bfloat16 = train.precision() == Precision.BFLOAT16;
    this.state = state;
    products = Products.of(train, device);
    weights = Weights.trained(layout, anchor, bfloat16, device, products, base);
    try {
      held = HeldRows.of(weights, layout, frozen);
      optimizer = Optimizer.of(train, weights.flat(), layout.decayed(), state, device);
      carried = restored();
    } catch (RuntimeException | Error e) {
      weights.close();
      throw e;
    }
  }

  /** The moments of the optimizer and what is carried from round to round, of zeros. */
  static WorkerState fresh(Task task, TrainSettings train, Device device) {
    Map<String, FloatStore> arrays = new TreeMap<>();
    try {
      for (String moment : Optimizer.stateNames(train)) {
        arrays.put(moment, TensorStore.zeros(task.layout().size(), device));
      }
    } catch (RuntimeException | Error e) {
      new WorkerState(arrays).close();
      throw e;
    }
    List<Long> carried = task.carriedSizes(train.batch());
    for (int i = 0; i < carried.size(); i++) {
      arrays.put(HIDDEN + i, new FloatVector(carried.get(i)));
    }
    return new WorkerState(arrays);
  }

  private State restored() {
    List<Tensor> flat = new ArrayList<>();
    try (StepScope scope = new StepScope()) {
      for (int i = 0; state.arrays().containsKey(HIDDEN + i); i++) {
        FloatStore values = state.arrays().get(HIDDEN + i);
        Tensor tensor =
            torch.empty(new long[] {values.length()}, weights.flat().values().options(), null);
        FlatTensors.write(values, tensor);
        flat.add(tensor);
      }
      return flat.isEmpty() ? State.NONE : task.restore(flat).keep(scope);
    }
  }

  /** Lets the state hold what is carried; after the last step. */
  void save() {
    try (StepScope scope = new StepScope()) {
      for (int i = 0; i < carried.tensors().size(); i++) {
        FloatStore values = state.arrays().get(HIDDEN + i);
        FloatVector last = FlatTensors.read(carried.tensors().get(i).flatten());
        for (int slice = 0; slice < last.sliceCount(); slice++) {
          values.put(slice, last.slice(slice));
        }
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
      Pass pass = Pass.training(Dropout.seeded(dropout, dropoutOfAdapters, dropoutSeed), tape);
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
    if (held != null) {
      held.close();
    }
    weights.close();
  }
}
