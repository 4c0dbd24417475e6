package io.chorale.average;

import io.chorale.io.FloatVector;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;

/**
 * The shared parameters at the start of a round, with the state of the outer optimizer; the round's
 * average moves both, slice by slice and in place.
 *
 * <p>Costs 4 bytes a parameter, and as many for each vector of the state.
 */
public final class Anchor {
  private final FloatVector parameters;
  private final Map<String, FloatVector> state;
  private final OuterStep step;

  private Anchor(FloatVector parameters, Map<String, FloatVector> state, OuterStep step) {
    this.parameters = parameters;
    this.state = state;
    this.step = step;
  }

  /**
   * The anchor of the first round.
   *
   * @param parameters [P], what the model starts from; the outer optimizer may round them
   * @param exchange what workers send
   */
  public static Anchor start(FloatVector parameters, OuterOptimizer optimizer, Exchange exchange) {
    Map<String, FloatVector> state = new LinkedHashMap<>();
    for (String name : optimizer.stateNames()) {
      state.put(name, new FloatVector(parameters.length()));
    }
    Anchor anchor = new Anchor(parameters, state, new OuterStep(optimizer, exchange));
    for (int slice = 0; slice < parameters.sliceCount(); slice++) {
      optimizer.start(parameters.slice(slice), anchor.stateOf(slice));
    }
    return anchor;
  }

  /**
   * The anchor as a checkpoint has it.
   *
   * @param parameters [P]
   * @param saved by {@link OuterOptimizer#stateNames}, [P] each
   * @param exchange what workers send
   */
  public static Anchor restored(
      FloatVector parameters,
      Map<String, FloatVector> saved,
      OuterOptimizer optimizer,
      Exchange exchange) {
    Map<String, FloatVector> state = new LinkedHashMap<>();
    for (String name : optimizer.stateNames()) {
      state.put(name, Objects.requireNonNull(saved.get(name), name));
    }
    return new Anchor(parameters, state, new OuterStep(optimizer, exchange));
  }

  /**
   * Moves one slice.
   *
   * @param averaged what the workers sent, averaged, [slice]; may be changed
   * @return the sum of the squares of the mean delta
   */
  public double step(int slice, float[] averaged) {
    return step.apply(parameters.slice(slice), averaged, stateOf(slice));
  }

  /** The shared parameters, [P]: not a copy. */
  public FloatVector parameters() {
    return parameters;
  }

  /** The vectors of the outer optimizer's state by name, [P] each: no copies. */
  public Map<String, FloatVector> state() {
    return state;
  }

  private float[][] stateOf(int slice) {
    return state.values().stream().map(vector -> vector.slice(slice)).toArray(float[][]::new);
  }
}
