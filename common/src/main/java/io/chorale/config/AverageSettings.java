package io.chorale.config;

/**
 * The settings of averaging: the outer step, and what travels between workers and driver; {@code
 * reference.yaml} explains each key.
 */
public record AverageSettings(
    Outer outer,
    double learningRate,
    double momentum,
    double beta1,
    double beta2,
    double adaptivity,
    Format send,
    Format anchor) {

  /** The outer step of a round. */
  public enum Outer {
    MEAN,
    NESTEROV,
    ADAM
  }

  /** How a number travels. */
  public enum Format {
    FLOAT32,
    BFLOAT16,
    INT8,
    INT4
  }

  public AverageSettings {
    Check.notNegative("average.learning-rate", learningRate);
    Check.share("average.momentum", momentum);
    Check.share("average.beta1", beta1);
    Check.share("average.beta2", beta2);
    Check.positive("average.adaptivity", adaptivity);
    Check.that(
        anchor == Format.FLOAT32 || anchor == Format.BFLOAT16,
        "average.anchor",
        "float32 or bfloat16",
        anchor);
  }

  /**
   * The rate of the outer step: the one that is set, or the outer optimizer's own.
   *
   * <p>For Nesterov that depends on the number of workers: 0.4, 0.6, 0.6 and 0.8 for 1, 2, 4 and 8
   * (Charles et al. 2025, arXiv 2503.09799, where the best rate grows with that number and hardly
   * depends on the model's size). A number in between has the rate of the next smaller one listed,
   * and more than 8 have that of 8. For Adam it is 0.01, a place to begin a search from: no value
   * is good for all tasks (Reddi et al. 2021, arXiv 2003.00295).
   *
   * @param workers K, at least 1
   */
  public double learningRate(int workers) {
    if (learningRate > 0) {
      return learningRate;
    }
    if (outer == Outer.ADAM) {
      return 0.01;
    }
    return workers >= 8 ? 0.8 : workers >= 2 ? 0.6 : 0.4;
  }
}
