package io.chorale.model;

import io.chorale.tensor.Tape;

/**
 * The context of one forward pass beside parameters and input: dropout, tape and trace.
 *
 * @param dropout {@link Dropout#NONE} outside of training
 * @param tape of the way back; {@link Tape#NONE} where there is none
 * @param trace hears what happens inside
 * @param goesOn whether steps that are read later may go on from the state after the last one, also
 *     of a backbone that sees a window
 */
public record Pass(Dropout dropout, Tape tape, Trace trace, boolean goesOn) {
  private static final Pass READING = new Pass(Dropout.NONE, Tape.NONE, Trace.NONE, false);
  private static final Pass GOING_ON = new Pass(Dropout.NONE, Tape.NONE, Trace.NONE, true);

  /** A pass for what comes out alone; autograd must not record. */
  public static Pass reading() {
    return READING;
  }

  /** As {@link #reading}, with a state from which the next steps go on: for generation. */
  public static Pass goingOn() {
    return GOING_ON;
  }

  /** A pass of a training. */
  public static Pass training(Dropout dropout, Tape tape) {
    return traced(dropout, tape, Trace.NONE);
  }

  /** A pass whose inside somebody wants to see. */
  public static Pass traced(Dropout dropout, Tape tape, Trace trace) {
    return new Pass(dropout, tape, trace, false);
  }
}
