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
 * residual; but for the rounding of float32, thousands of times smaller than that of the codec.
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
  public byte[] encode(float[] anchor, float[] parameters, float[] residual) {
    if (!keepsResidual()) {
      return codec().encode(parameters);
    }
    Codec codec = codec();
    int length = anchor.length;
    byte[] bytes = new byte[codec.bytes(length)];
    float[] delta = new float[Doubles.PIECE];
    float[] sent = new float[Doubles.PIECE];
    for (int at = 0; at < length; at += Doubles.PIECE) {
      int count = Math.min(Doubles.PIECE, length - at);
      for (int i = 0; i < count; i++) {
        delta[i] = anchor[at + i] - parameters[at + i] + residual[at + i];
      }
      codec.encode(delta, 0, count, bytes, at, length);
      codec.decode(bytes, at, length, sent, 0, count);
      for (int i = 0; i < count; i++) {
        residual[at + i] = delta[i] - sent[i];
      }
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
        mean.add((at, piece, count) -> codec.decode(part, at, length, piece, 0, count), weight);
      }

      @Override
      public float[] average() {
        return mean.mean();
      }
    };
  }

  @Override
  public float[] parameters(float[] anchor, float[] averaged) {
    if (keepsResidual()) {
      for (int i = 0; i < averaged.length; i++) {
        averaged[i] = anchor[i] - averaged[i];
      }
    }
    return averaged;
  }
}
