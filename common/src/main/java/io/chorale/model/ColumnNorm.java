package io.chorale.model;

import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * Layer normalization (Ba, Kiros and Hinton, arXiv 1607.06450) of columns, without a shift: each
 * column less its mean, divided by its deviation, its units multiplied with a gain. A column's
 * deviation is the root of its variance and 1e-5, as in PyTorch.
 *
 * <p>Works in memory that is given, since it stands in loops over time; one pass over a column's
 * units a sum. Autograd must not record.
 */
final class ColumnNorm {
  private static final double EPSILON = 1e-5;

  private final Tensor gain; // [units, 1]
  private final Tensor gainGradient; // [units, 1]; undefined where nothing is trained
  private final Tensor meanOf; // [1, units]: a product with it is the mean over units
  private final Tensor weightedMeanOf; // the same of units that are multiplied with the gain

  /**
   * @param gain a parameter [units], or some of its units
   * @param gainGradient its gradient; undefined where nothing is trained
   */
  ColumnNorm(Tensor gain, Tensor gainGradient) {
    long units = gain.size(0);
    this.gain = gain.view(units, 1);
    this.gainGradient = gainGradient;
    this.meanOf = torch.full(new long[] {1, units}, new Scalar(1.0 / units), gain.options());
    this.weightedMeanOf = this.gain.t().div(new Scalar((double) units));
  }

  /**
   * Normalizes columns in their place, without the gain.
   *
   * @param x [units, N]
   * @param scratch the same shape; overwritten
   * @param inverse where one over the deviation of each column goes [1, N]
   */
  void normalize(Tensor x, Tensor scratch, Tensor inverse) {
    torch.mm_out(inverse, meanOf, x);
    x.sub_(inverse);
    torch.mul_out(scratch, x, x);
    torch.mm_out(inverse, meanOf, scratch).add_(new Scalar(EPSILON)).rsqrt_();
    x.mul_(inverse);
  }

  /** The sum of normalized columns, multiplied with the gain, and of a summand, to a place. */
  void add(Tensor normalized, Tensor summand, Tensor into) {
    torch.addcmul_out(into, summand, normalized, gain);
  }

  /** The normalized columns multiplied with the gain, to a place. */
  void scale(Tensor normalized, Tensor into) {
    torch.mul_out(into, normalized, gain);
  }

  /**
   * The way back: adds to the gradient of the gain, and puts the gradient of what was normalized in
   * the place of the normalized columns.
   *
   * @param normalized [units, N]; overwritten with the result
   * @param inverse as {@link #normalize} left it; overwritten
   * @param gradient of the columns with their gain [units, N]
   * @param scratch the same shape; overwritten
   */
  void back(Tensor normalized, Tensor inverse, Tensor gradient, Tensor scratch) {
    torch.mul_out(scratch, gradient, normalized);
    gainGradient.add_(scratch.sum(1));
    // With y = gain * gradient: (y - mean(y) - normalized * mean(y * normalized)) * inverse.
    normalized.mul_(weightedMeanOf.mm(scratch)).neg_().addcmul_(gradient, gain);
    normalized.sub_(weightedMeanOf.mm(gradient)).mul_(inverse);
  }
}
