package io.chorale.average;

import io.chorale.config.AverageSettings.Format;
import io.chorale.io.FloatSlices;
import io.chorale.io.FloatVector;
import java.io.Serializable;

/**
 * The exchange of a round: what workers send of each slice of their parameters, and how what they
 * sent of one becomes its average.
 */
public interface Exchange extends Serializable {
  /** Parameters, or deltas in a shorter format, whose mean is weighted by tokens. */
  static Exchange ofValues(Format send) {
    return new ValueExchange(send);
  }

  /**
   * Rows that a worker moved, averaged as {@link RowAverage} does.
   *
   * @param stride elements of a row; divides {@link FloatVector#SLICE}
   */
  static Exchange ofRows(int stride) {
    return new RowExchange(stride);
  }

  /** Whether an average is the mean, weighted by tokens. */
  boolean isMean();

  /** Whether a worker keeps a residual, as long as the parameters, from round to round. */
  boolean keepsResidual();

  /**
   * What a worker sends of a slice.
   *
   * @param anchor the parameters that it started from, [slice]
   * @param parameters the parameters that it ended with, [slice]
   * @param residual what rounding has lost so far, [slice]: changed; null where none is kept
   */
  byte[] encode(float[] anchor, float[] parameters, float[] residual);

  /**
   * Begins to average a slice.
   *
   * @param anchor the parameters that the workers started from
   */
  Gathering gather(int slice, FloatSlices anchor);

  /** Averages what workers sent of a slice. */
  interface Gathering {
    /**
     * Adds what a worker sent. Callers add in worker order, so the average does not depend on who
     * finished first.
     *
     * @param weight tokens that it trained on
     */
    void add(byte[] part, double weight);

    /** The average of what was added, [slice]. */
    float[] average();
  }

  /**
   * The workers' average parameters.
   *
   * @param anchor the parameters that the workers started from, [slice]
   * @param averaged what {@link Gathering#average} gave, [slice]; may be changed, and given back
   */
  float[] parameters(float[] anchor, float[] averaged);
}
