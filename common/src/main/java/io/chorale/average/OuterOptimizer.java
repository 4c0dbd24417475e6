package io.chorale.average;

import io.chorale.config.AverageSettings;
import io.chorale.config.AverageSettings.Format;
import java.util.List;

/**
 * Takes the outer step of a round: moves the anchor by the mean of the workers' parameters.
 *
 * <p>A step works on one slice at a time, in O(slice) time and no further memory, because every
 * element goes its own way. The outer gradient (delta) is anchor minus mean.
 */
public interface OuterOptimizer {
  /** The names of the state's vectors; each has as many elements as the parameters. */
  List<String> stateNames();

  /**
   * Prepares a slice before the first round.
   *
   * @param anchor the initial parameters, [slice]
   * @param state one slice of zeros for each of {@link #stateNames}
   */
  default void start(float[] anchor, float[][] state) {}

  /**
   * Moves a slice of the anchor.
   *
   * @param anchor the shared parameters at the start of the round, [slice]; the new ones after it
   * @param mean the weighted mean of the workers' parameters, [slice]
   * @param state one slice for each of {@link #stateNames}, moved along with the anchor
   */
  void step(float[] anchor, float[] mean, float[][] state);

  /**
   * The outer optimizer that the settings ask for.
   *
   * @param workers K, on which the learning rate depends where none is set
   */
  static OuterOptimizer of(AverageSettings settings, int workers) {
    double learningRate = settings.learningRate(workers);
    OuterOptimizer outer =
        switch (settings.outer()) {
          case MEAN -> new PlainAverage();
          case NESTEROV -> new OuterNesterov(learningRate, settings.momentum());
          case ADAM ->
              new OuterAdam(
                  learningRate, settings.beta1(), settings.beta2(), settings.adaptivity());
        };
    return settings.anchor() == Format.BFLOAT16 ? new RoundedAnchor(outer) : outer;
  }
}
