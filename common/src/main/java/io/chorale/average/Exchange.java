package io.chorale.average;

import io.chorale.config.AverageSettings.Format;

/**
 * Encodes the slices of parameters or deltas that workers send, and decodes their averages on the
 * driver.
 *
 * <p>With an exact codec workers send their parameters, so that one worker's mean is what it sent.
 * With any other they send the delta (anchor minus parameters), which is small against the
 * parameters and so survives rounding, with error feedback: what rounding lost stays with the
 * worker and is added to its next delta (Seide et al. 2014; Karimireddy et al. 2019, arXiv
 * 1901.09847). Over the rounds the sum of what was sent is the sum of the deltas, less the last
 * residual.
 */
public final class Exchange {
  private final Codec codec;

  /**
   * @param send the format of {@code average.send}
   */
  public Exchange(Format send) {
    this.codec = Codec.of(send);
  }

  /** Whether a worker keeps a residual, as long as the parameters, from round to round. */
  public boolean keepsResidual() {
    return !codec.exact();
  }

  /**
   * What a worker sends of a slice.
   *
   * @param anchor the parameters that it started from, [slice]
   * @param parameters the parameters that it ended with, [slice]
   * @param residual what rounding has lost so far, [slice]; changed; null where none is kept
   */
  public byte[] encode(float[] anchor, float[] parameters, float[] residual) {
    if (codec.exact()) {
      return codec.encode(parameters);
    }
    float[] delta = new float[anchor.length];
    for (int i = 0; i < delta.length; i++) {
      delta[i] = (float) ((double) anchor[i] - parameters[i] + residual[i]);
    }
    byte[] bytes = codec.encode(delta);
    float[] sent = codec.decode(bytes, delta.length);
    for (int i = 0; i < delta.length; i++) {
      residual[i] = (float) ((double) anchor[i] - parameters[i] + residual[i] - sent[i]);
    }
    return bytes;
  }

  /** What is averaged: what {@link #encode} made bytes of, up to rounding. */
  public float[] decode(byte[] bytes, int length) {
    return codec.decode(bytes, length);
  }

  /**
   * The mean of the workers' parameters.
   *
   * @param anchor the parameters that the workers started from, [slice]
   * @param averaged the mean of what they sent, [slice]
   */
  public float[] mean(float[] anchor, float[] averaged) {
    if (codec.exact()) {
      return averaged;
    }
    float[] mean = new float[anchor.length];
    for (int i = 0; i < mean.length; i++) {
      mean[i] = (float) ((double) anchor[i] - averaged[i]);
    }
    return mean;
  }
}
