package io.chorale.train;

import io.chorale.config.TrainSettings;
import io.chorale.tensor.FlatTensors;
import io.chorale.tensor.TensorStore;
import java.util.List;
import java.util.Map;

/** Changes the parameters by their gradients. */
interface Optimizer extends AutoCloseable {
  /**
   * The optimizer that the settings name.
   *
   * @param decayed elements at the beginning of the parameters that weight decay shrinks
   */
  static Optimizer of(TrainSettings settings, FlatTensors parameters, long decayed) {
    return switch (settings.optimizer()) {
      case ADAMW -> new AdamW(settings, parameters, decayed);
      case SGD -> new Sgd(settings, parameters, decayed);
    };
  }

  /** The names of {@link #moments}; each has a value for every parameter. */
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

  /** What it keeps from step to step, by name, in the memory of the optimizer: zeros at first. */
  Map<String, TensorStore> moments();

  @Override
  default void close() {
    moments().values().forEach(TensorStore::close);
  }
}
