package io.chorale.config;

/** The settings of evaluation on held-out data; {@code reference.yaml} explains each key. */
public record EvaluateSettings(long every, DatasetSplit split, int batch, int tunes) {

  public EvaluateSettings {
    Check.atLeast("evaluate.every", every, 0);
    Check.atLeast("evaluate.batch", batch, 1);
    Check.atLeast("evaluate.tunes", tunes, 0);
  }
}
