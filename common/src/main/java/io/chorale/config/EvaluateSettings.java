package io.chorale.config;

/** How a model is measured on held-out data; {@code reference.yaml} explains each key. */
public record EvaluateSettings(long every, Split split, int batch) {

  /** The splits of a dataset; the name of each is also the name of its directory. */
  public enum Split {
    TRAIN,
    VALIDATION,
    TEST
  }

  public EvaluateSettings {
    Check.atLeast("evaluate.every", every, 0);
    Check.atLeast("evaluate.batch", batch, 1);
  }
}
