package io.chorale.train;

import io.chorale.config.TrainSettings;
import io.chorale.tensor.Device;
import io.chorale.tensor.FlatTensors;
import io.chorale.tensor.TensorStore;
import java.util.List;
import org.bytedeco.pytorch.Tensor;

/** Changes the parameters by their gradients. */
interface Optimizer {
  /**
   * The optimizer that the settings name.
   *
   * @param decayed elements at the beginning of the parameters that weight decay shrinks
   * @param state has its moments, [P] each, which its steps change in place; moved to the device
   *     where they waited on another, since a task may be given another GPU than the one before
   */
  static Optimizer of(
      TrainSettings settings,
      FlatTensors parameters,
      long decayed,
      WorkerState state,
      Device device) {
    return switch (settings.optimizer()) {
      case ADAMW ->
          new AdamW(
              settings,
              parameters,
              decayed,
              moment(state, AdamW.FIRST, device),
              moment(state, AdamW.SECOND, device));
      case SGD ->
          new Sgd(
              settings,
              parameters,
              decayed,
              settings.momentum() > 0 ? moment(state, Sgd.MOMENTUM, device) : null);
    };
  }

  private static Tensor moment(WorkerState state, String name, Device device) {
    return ((TensorStore) state.arrays().get(name)).on(device);
  }

  /** The names of its moments in the worker's state. */
  static List<String> stateNames(TrainSettings settings) {
    return switch (settings.optimizer()) {
      case ADAMW -> AdamW.STATE;
      case SGD -> settings.momentum() > 0 ? List.of(Sgd.MOMENTUM) : List.of();
    };
  }

  /**
   * One step on all parameters.
   *
   * @param step steps before this one, in the whole run
   */
  void step(double learningRate, long step);
}
