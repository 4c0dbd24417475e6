package io.chorale.config;

/** The directory of a run, and its patience; {@code reference.yaml} explains each key. */
public record RunSettings(
    String path, int keep, boolean keepBest, boolean tensorboard, int executorWait) {
  public RunSettings {
    Check.atLeast("run.keep", keep, 1);
    Check.atLeast("run.executor-wait", executorWait, 0);
  }
}
