package io.chorale.train;

import io.chorale.config.TrainSettings;
import io.chorale.io.FloatVector;
import io.chorale.tensor.FlatTensors;
import java.util.List;
import java.util.Map;

/** Changes the parameters by their gradients. */
interface Optimizer extends AutoCloseable {
  /**
   * The optimizer that the settings name.
   *
   * @param decayed elements at the beginning of the parameters that weight decay shrinks
   * @param state what {@link #store} wrote; empty at the start of a training
   */
  static Optimizer of(
      TrainSettings settings,
      FlatTensors parameters,
      long decayed,
      Map<String, FloatVector> state) {
    return switch (settings.optimizer()) {
      case ADAMW -> new AdamW(settings, parameters, decayed, state);
      case SGD -> new Sgd(settings, parameters, decayed, state);
    };
  }

  /** The names of what {@link #store} adds; each array has a value for every parameter. */
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

  /** Adds its moments to the state of the worker. */
  void store(Map<String, FloatVector> state);

  @Override
  void close();
}
