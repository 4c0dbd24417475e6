package io.chorale.config;

/** The directory of a run, and its patience; {@code reference.yaml} explains each key. */
public record RunSettings(
    String path,
    int keep,
    boolean keepBest,
    int checkpointEvery,
    boolean tensorboard,
    int executorWait) {
  /**
   * Most rounds between checkpoints: Spark sends a task with all rounds that it may have to compute
   * again, one inside the other.
   */
  private static final int MOST_ROUNDS = 100;

  public RunSettings {
    Check.atLeast("run.keep", keep, 1);
    Check.between("run.checkpoint-every", checkpointEvery, 1, MOST_ROUNDS);
    Check.atLeast("run.executor-wait", executorWait, 0);
  }
}
