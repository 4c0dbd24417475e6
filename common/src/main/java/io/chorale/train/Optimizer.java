package io.chorale.train;

import io.chorale.io.FloatVector;
import java.util.Map;

/** Changes the parameters by their gradients. */
interface Optimizer extends AutoCloseable {
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
