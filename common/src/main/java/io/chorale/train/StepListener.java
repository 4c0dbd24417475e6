package io.chorale.train;

/** Hears of every local step, for the progress display. */
@FunctionalInterface
public interface StepListener {
  /** Hears nothing. */
  StepListener NONE = (stepsDone, tokens, loss) -> {};

  /**
   * A local step has ended.
   *
   * @param stepsDone local steps of this round so far
   * @param tokens tokens of this step
   * @param loss mean over its tokens, in nats
   */
  void onStep(long stepsDone, long tokens, double loss);
}
