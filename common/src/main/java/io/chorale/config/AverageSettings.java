package io.chorale.config;

/** What the driver does with the mean of the workers; {@code reference.yaml} explains each key. */
public record AverageSettings(Outer outer, double learningRate, double momentum) {

  /** The outer step of a round. */
  public enum Outer {
    MEAN,
    NESTEROV
  }

  public AverageSettings {
    Check.positive("average.learning-rate", learningRate);
    Check.share("average.momentum", momentum);
  }
}
