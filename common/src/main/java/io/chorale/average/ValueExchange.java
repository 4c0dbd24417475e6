package io.chorale.average;

import io.chorale.config.AverageSettings.Format;
import io.chorale.io.FloatSlices;
import io.chorale.io.FloatVector;

/**
 * Slices of parameters or deltas, encoded by a codec, and their weighted mean.
 *
 * <p>With an exact codec workers send their parameters, so that one worker's mean is what it sent.
 * With any other they send the delta (anchor minus parameters), which is small against the
 * parameters and so survives rounding, with error feedback: what rounding lost stays with the
 * worker and is added to its next delta (Seide et al. 2014; Karimireddy et al. 2019, arXiv
 * 1901.09847). Over the rounds the sum of what was sent is the sum of the deltas, less the last
 * residual.
 *
 * @param send the format of {@code average.send}
 */
record ValueExchange(Format send) implements Exchange {
  private Codec codec() {
    return Codec.of(send);
  }

  @Override
  public boolean isMean() {
    return true;
  }

  @Override
  public boolean keepsResidual() {
    return !codec().exact();
  }

  @Override
  public byte[] encode(
      int slice, FloatSlices anchor, FloatSlices parameters, FloatVector residual) {
    // An anchor is decoded where it is read: not for nothing.
    return keepsResidual()
        ? encode(anchor.slice(slice), parameters.slice(slice), residual.slice(slice))
        : codec().encode(parameters.slice(slice));
  }

  private byte[] encode(float[] anchor, float[] parameters, float[] residual) {
    Codec codec = codec();
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

  @Override
  public Gathering gather(int slice, FloatSlices anchor) {
    int length = FloatVector.sliceLength(anchor.length(), slice);
    Codec codec = codec();
    WeightedMean mean = new WeightedMean(length);
    return new Gathering() {
      @Override
      public void add(byte[] part, double weight) {
        mean.add(codec.decode(part, length), weight);
      }

      @Override
      public float[] average() {
        return mean.mean();
      }
    };
  }

  @Override
  public float[] parameters(float[] anchor, float[] averaged) {
    if (!keepsResidual()) {
      return averaged;
    }
    float[] mean = new float[anchor.length];
    for (int i = 0; i < mean.length; i++) {
      mean[i] = (float) ((double) anchor[i] - averaged[i]);
    }
    return mean;
  }
}
