package io.chorale.average;

import io.chorale.config.AverageSettings;
import java.util.List;

/**
 * What the driver does with the mean of the workers' parameters: the outer step of a round.
 *
 * <p>A step works on one slice at a time, in O(slice) time and no further memory, because every
 * element goes its own way. The outer gradient (delta) is anchor minus mean.
 */
public interface OuterOptimizer {
  /** The names of the state's vectors; each has as many elements as the parameters. */
  List<String> stateNames();

  /**
   * Moves a slice of the anchor.
   *
   * @param anchor the shared parameters at the start of the round, [slice]; the new ones after it
   * @param mean the weighted mean of the workers' parameters, [slice]
   * @param state one slice for each of {@link #stateNames}, moved along with the anchor
   */
  void step(float[] anchor, float[] mean, float[][] state);

  /** The outer optimizer that the settings ask for. */
  static OuterOptimizer of(AverageSettings settings) {
    return switch (settings.outer()) {
      case MEAN -> new PlainAverage();
      case NESTEROV -> new NesterovOuterStep(settings.learningRate(), settings.momentum());
    };
  }
}
