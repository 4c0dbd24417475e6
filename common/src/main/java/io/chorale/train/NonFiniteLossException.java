package io.chorale.train;

import io.chorale.config.ChoraleException;

/** A loss that is infinite or not a number: nothing after it would mean anything. */
public final class NonFiniteLossException extends ChoraleException {
  private static final long serialVersionUID = 1L;

  private final int worker;
  private final long step;
  private final double learningRate;
  private final double loss;

  /** What stopped, where and with which learning rate. */
  public NonFiniteLossException(int worker, long step, double learningRate, double loss) {
    super(
        ("Cannot go on training: worker %d found a loss of %s at local step %d with learning rate"
                + " %s, expected a finite one. Lower train.learning-rate or train.clip, or lengthen"
                + " train.warmup.")
            .formatted(worker, loss, step, learningRate));
    this.worker = worker;
    this.step = step;
    this.learningRate = learningRate;
    this.loss = loss;
  }

  /** The worker that found it. */
  public int worker() {
    return worker;
  }

  /** The local step on the learning-rate schedule, from 0. */
  public long step() {
    return step;
  }

  /** The learning rate of that step. */
  public double learningRate() {
    return learningRate;
  }

  /** Infinite or not a number. */
  public double loss() {
    return loss;
  }
}
