package io.chorale.model;

import io.chorale.tensor.Tape;

/**
 * The context of one forward pass beside parameters and input: dropout, tape and trace.
 *
 * @param dropout {@link Dropout#NONE} outside of training
 * @param tape of the way back; {@link Tape#NONE} where there is none
 * @param trace hears what happens inside
 */
public record Pass(Dropout dropout, Tape tape, Trace trace) {
  private static final Pass READING = new Pass(Dropout.NONE, Tape.NONE, Trace.NONE);

  /** A pass for what comes out alone; autograd must not record. */
  public static Pass reading() {
    return READING;
  }

  /** A pass of a training. */
  public static Pass training(Dropout dropout, Tape tape) {
    return new Pass(dropout, tape, Trace.NONE);
  }
}
