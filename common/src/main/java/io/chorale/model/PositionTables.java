package io.chorale.model;

import io.chorale.config.RotaryScaling;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/**
 * Positions that are not learned: sines and cosines of a position's multiples, with wavelengths
 * from 2 pi up to nearly a base times 2 pi.
 */
final class PositionTables implements AutoCloseable {
  /** The base of sines and cosines that are added (Vaswani et al., 2017). */
  static final double SINUSOIDAL_BASE = 10000;

  private final Tensor like;
  private final int width;
  private final double base;
  private final RotaryScaling scaling;
  private Tensor sines; // [T, width / 2], for as many positions as were asked for so far
  private Tensor cosines;

  /**
   * Tables of the type, and on the device, of a tensor that lives as long as they.
   *
   * @param width units of a token (sinusoidal) or of a head (rotary): two for each wavelength
   */
  PositionTables(Tensor like, int width, double base, RotaryScaling scaling) {
    this.like = like;
    this.width = width;
    this.base = base;
    this.scaling = scaling;
  }

  /** Sines and cosines in turn (Vaswani et al., 2017): [T, width]. */
  Tensor sinusoids(long start, long length) {
    reach(start + length);
    return torch
        .stack(
            new TensorVector(sines.narrow(0, start, length), cosines.narrow(0, start, length)), 2)
        .view(length, width);
  }

  /**
   * Rotary positions (Su et al., 2021), in the arrangement of Llama's published weights: unit i of
   * the first half of a head turns with unit i of the second.
   *
   * @param x [B, H, T, width]
   * @param start position of the first token
   */
  Tensor rotate(Tensor x, long start) {
    return rotate(x, start, false);
  }

  /**
   * Turns back what {@link #rotate} has turned: the gradient of what it reads, of that of what it
   * gives.
   */
  Tensor rotateBack(Tensor x, long start) {
    return rotate(x, start, true);
  }

  private Tensor rotate(Tensor x, long start, boolean back) {
    long length = x.size(2);
    reach(start + length);
    Tensor cosine = cosines.narrow(0, start, length);
    Tensor sine = sines.narrow(0, start, length);
    if (back) {
      sine = sine.neg();
    }
    int half = width / 2;
    Tensor first = x.narrow(3, 0, half);
    Tensor second = x.narrow(3, half, half);
    return torch.cat(
        new TensorVector(
            first.mul(cosine).sub_(second.mul(sine)), second.mul(cosine).add_(first.mul(sine))),
        3);
  }

  private void reach(long end) {
    if (sines != null && sines.size(0) >= end) {
      return;
    }
    // Room for a text that grows token by token.
    int positions = Math.toIntExact(Math.max(end, sines == null ? 0 : 2 * sines.size(0)));
    int half = width / 2;
    double[] sine = new double[positions * half];
    double[] cosine = new double[positions * half];
    for (int pair = 0; pair < half; pair++) {
      double wavelength = scaling.scaled(StrictMath.pow(base, 2.0 * pair / width));
      for (int position = 0; position < positions; position++) {
        sine[position * half + pair] = StrictMath.sin(position / wavelength);
        cosine[position * half + pair] = StrictMath.cos(position / wavelength);
      }
    }
    close();
    sines = tensor(sine, positions);
    cosines = tensor(cosine, positions);
  }

  private Tensor tensor(double[] values, int rows) {
    try (PointerScope scope = new PointerScope()) {
      TensorOptions options = new TensorOptions(torch.ScalarType.Double);
      Tensor table = torch.empty(new long[] {rows, values.length / rows}, options, null);
      table.data_ptr_double().capacity(values.length).put(values);
      Tensor typed = table.to(like);
      typed.retainReference();
      return typed;
    }
  }

  @Override
  public void close() {
    if (sines != null) {
      sines.close();
      cosines.close();
    }
  }
}
