package io.chorale.train;

import io.chorale.config.Settings;
import io.chorale.config.TrainSettings;
import io.chorale.config.TrainSettings.Precision;
import io.chorale.data.Batch;
import io.chorale.data.Column;
import io.chorale.data.TokenStream;
import io.chorale.io.FloatSlices;
import io.chorale.io.FloatVector;
import io.chorale.model.Dropout;
import io.chorale.model.Model;
import io.chorale.model.Models;
import io.chorale.model.ParameterLayout;
import io.chorale.tensor.Device;
import io.chorale.tensor.FlatTensors;
import io.chorale.tensor.StepScope;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/** A model in training: its parameters, its optimizer, and the hidden state that it carries. */
final class Trainee implements AutoCloseable {
  private static final String HIDDEN = "hidden.";
  // What PyTorch's clip_grad_norm_ adds to the norm before it divides.
  private static final double CLIP_EPSILON = 1e-6;

  private final Settings settings;
  private final TrainSettings train;
  private final Device device;
  private final FlatTensors weights;
  private final FlatTensors matrices;
  private final Model model;
  private final Optimizer optimizer;
  private List<Tensor> hidden = List.of();

  Trainee(
      Settings settings,
      ParameterLayout layout,
      FloatSlices anchor,
      WorkerState state,
      Device device) {
    this.device = device;
    this.settings = settings;
    this.train = settings.train();
    weights = new FlatTensors(layout.shapes(), torch.ScalarType.Float, device);
    weights.load(anchor);
    matrices =
        train.precision() == Precision.BFLOAT16
            ? new FlatTensors(layout.shapes(), torch.ScalarType.BFloat16, device)
            : weights;
    model = Models.create(settings, weights, matrices);
    optimizer = Optimizer.of(train, weights, layout.decayed(), state.arrays());
    restoreHidden(state);
  }

  private void restoreHidden(WorkerState state) {
    List<Tensor> restored = new ArrayList<>();
    try (StepScope scope = new StepScope()) {
      for (int i = 0; state.arrays().containsKey(HIDDEN + i); i++) {
        FloatVector values = state.arrays().get(HIDDEN + i);
        Tensor flat = torch.empty(new long[] {values.length()}, weights.values().options(), null);
        FlatTensors.write(values, flat);
        restored.add(scope.keep(flat.view(settings.model().width(), -1)));
      }
    }
    hidden = restored;
  }

  /**
   * One local step; where the loss is not finite, nothing but the gradients is changed.
   *
   * @param step local steps before this one, in the whole run
   * @return the mean loss over the tokens, in nats
   */
  double step(Batch batch, double learningRate, long step, long dropoutSeed) {
    try (StepScope scope = new StepScope()) {
      weights.gradients().zero_();
      if (matrices != weights) {
        matrices.gradients().zero_();
        matrices.values().copy_(weights.values());
      }
      Tensor inputs = device.ids(batch.ids(Column.TEXT).values()).view(batch.rows(), -1);
      Dropout dropout = Dropout.seeded(settings.model().dropout(), dropoutSeed);
      Model.Output output = model.forward(inputs, batch.continued() ? hidden : List.of(), dropout);
      Tensor logits = output.logits().flatten(0, 1); // [B x T, V]
      Tensor loss =
          torch.cross_entropy_loss(logits, device.ids(batch.ids(TokenStream.NEXT).values()));
      double value = loss.item_float();
      if (!Double.isFinite(value)) {
        return value;
      }
      model.backward(loss);
      if (matrices != weights) {
        weights.gradients().add_(matrices.gradients());
      }
      clip();
      optimizer.step(learningRate, step);
      carry(scope, output.state());
      return value;
    }
  }

  private void clip() {
    if (train.clip() > 0) {
      double norm = weights.gradients().norm().item_float();
      if (norm > train.clip()) {
        weights.gradients().mul_(new Scalar(train.clip() / (norm + CLIP_EPSILON)));
      }
    }
  }

  private void carry(StepScope scope, List<Tensor> state) {
    if (settings.model().recurrent()) {
      hidden.forEach(Tensor::close);
      hidden = state.stream().map(tensor -> scope.keep(tensor.detach())).toList();
    }
  }

  FloatVector parameters() {
    return weights.store();
  }

  WorkerState state() {
    Map<String, FloatVector> arrays = new TreeMap<>();
    optimizer.store(arrays);
    try (StepScope scope = new StepScope()) {
      for (int i = 0; i < hidden.size(); i++) {
        arrays.put(HIDDEN + i, FlatTensors.read(hidden.get(i).flatten()));
      }
    }
    return new WorkerState(arrays);
  }

  @Override
  public void close() {
    hidden.forEach(Tensor::close);
    optimizer.close();
    model.close();
    if (matrices != weights) {
      matrices.close();
    }
    weights.close();
  }
}
