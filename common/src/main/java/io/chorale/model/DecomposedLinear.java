package io.chorale.model;

import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/**
 * A linear map from the last steps of a series to numbers about its next ones, one for the trend
 * and one for what remains, shared by all channels: DLinear (Zeng et al., "Are transformers
 * effective for time series forecasting?", AAAI 2023, arXiv 2205.13504). The trend is a moving
 * average, for which the first and the last value go on at the ends. Without a trend it is one map.
 *
 * <p>Both begin as means over the steps. A pass costs O(B·C·L·N).
 */
public final class DecomposedLinear {
  private final int steps;
  private final int numbers;
  private final int kernel;
  private final Linear trend; // [N, L]; null where there is none
  private final Linear remainder; // [N, L]

  private DecomposedLinear(int steps, int numbers, int kernel, Linear trend, Linear remainder) {
    this.steps = steps;
    this.numbers = numbers;
    this.kernel = kernel;
    this.trend = trend;
    this.remainder = remainder;
  }

  /**
   * A map of that many steps.
   *
   * @param steps L
   * @param numbers N, of each channel
   * @param kernel steps of the moving average, odd; 1: there is no trend
   */
  public static DecomposedLinear of(Slots slots, int steps, int numbers, int kernel) {
    Init mean = Init.constant(1.0 / steps);
    Linear trend = kernel > 1 ? Linear.of(slots, "trend", mean, numbers, steps, true) : null;
    String rest = kernel > 1 ? "remainder" : "linear";
    return new DecomposedLinear(
        steps, numbers, kernel, trend, Linear.of(slots, rest, mean, numbers, steps, true));
  }

  /** Numbers of each channel [B, C, N], for series [B, L, C]. */
  public Tensor forward(Weights w, Tensor series) {
    Tensor x = series.transpose(1, 2); // [B, C, L]
    if (trend == null) {
      return remainder.forward(w, x);
    }
    Tensor average = movingAverage(x);
    return trend.forward(w, average).add(remainder.forward(w, x.sub(average)));
  }

  private Tensor movingAverage(Tensor x) {
    int side = kernel / 2;
    Tensor first = x.narrow(2, 0, 1).expand(x.size(0), x.size(1), side);
    Tensor last = x.narrow(2, steps - 1L, 1).expand(x.size(0), x.size(1), side);
    Tensor padded = torch.cat(new TensorVector(first, x, last), 2);
    return torch.avg_pool1d(
        padded, new long[] {kernel}, new long[] {1}, new long[] {0}, false, true);
  }

  /** Floats that a training step keeps for so many series, with the largest gradients on them. */
  public long keptByStep(long batch, long channels) {
    return 2 * madeByPass(batch, channels) + 2L * numbers * steps;
  }

  /** Floats that a pass without a way back makes of so many series. */
  public long madeByPass(long batch, long channels) {
    // With a trend: the padded series, the average, what remains; two results and their sum.
    long made = trend == null ? steps + numbers : 4L * steps + kernel + 3L * numbers;
    return batch * channels * made;
  }
}
