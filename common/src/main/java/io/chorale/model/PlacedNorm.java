package io.chorale.model;

import org.bytedeco.javacpp.BoolPointer;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.ScalarTypeOptional;
import org.bytedeco.pytorch.T_TensorTensorTensor_T;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;

/** A norm at a {@link Place}, and its way back. */
final class PlacedNorm {
  private static final double EPSILON = Normalization.EPSILON;
  private static final long[] ROWS = {0};
  private static final long[] UNITS = {1};

  private final boolean mean; // whether it is taken away: a layer norm
  private final long[] shape;
  private final Tensor x;
  private final Tensor y;
  private final Tensor normed; // y in float32: itself, or what it is rounded from
  private final Tensor ofY;
  private final Tensor ofX;
  private final Tensor scale;
  private final Tensor shift;
  private final Tensor ofScale;
  private final Tensor ofShift;
  private final Tensor means;
  private final Tensor deviations; // one over them

  /**
   * A norm.
   *
   * @param name of the memory of its statistics
   * @param mean whether the mean of a row is taken away: a layer norm, not an RMS norm
   * @param x what it reads [N, C], in float32
   * @param y where its result goes
   * @param ofY where the gradient of y will be, in float32
   * @param ofX to which that of x is added, in float32
   */
  PlacedNorm(
      Place at,
      String name,
      Normalization norm,
      boolean mean,
      Tensor x,
      Tensor y,
      Tensor ofY,
      Tensor ofX) {
    this.mean = mean;
    this.shape = new long[] {x.size(1)};
    this.x = x;
    this.y = y;
    this.normed =
        y.scalar_type().intern() == torch.ScalarType.Float
            ? y
            : at.floats().get("normed", x.size(0), x.size(1));
    this.ofY = ofY;
    this.ofX = ofX;
    this.scale = at.w().get(norm.scale()).detach();
    this.ofScale = at.gradient(norm.scale());
    this.shift = norm.shift() == null ? null : at.w().get(norm.shift()).detach();
    this.ofShift = norm.shift() == null ? null : at.gradient(norm.shift());
    this.means = at.floats().get(name + ".means", x.size(0), 1);
    this.deviations = at.floats().get(name + ".deviations", x.size(0), 1);
  }

  void forward() {
    if (mean) {
      torch.native_layer_norm_out(
          normed, means, deviations, x, shape, optional(scale), optional(shift), EPSILON);
    } else {
      Tensor squares = x.square().mean(UNITS, true, new ScalarTypeOptional());
      deviations.copy_(squares.add_(new Scalar(EPSILON)).rsqrt_());
      torch.mul_out(normed, x, deviations);
      normed.mul_(scale);
    }
    if (normed != y) {
      y.copy_(normed);
    }
  }

  /** Adds to the gradients of the parameters and of x. */
  void backward() {
    if (mean) {
      BoolPointer wanted = new BoolPointer(3);
      wanted.put(0, true).put(1, true).put(2, shift != null);
      T_TensorTensorTensor_T back =
          torch.native_layer_norm_backward(
              ofY, x, shape, means, deviations, optional(scale), optional(shift), wanted);
      ofX.add_(back.get0());
      ofScale.add_(back.get1());
      if (shift != null) {
        ofShift.add_(back.get2());
      }
      return;
    }
    Tensor unscaled = x.mul(deviations);
    Tensor weighed = ofY.mul(unscaled);
    ofScale.add_(weighed.sum(ROWS, false, new ScalarTypeOptional()));
    Tensor along = weighed.mul_(scale).mean(UNITS, true, new ScalarTypeOptional());
    ofX.add_(ofY.mul(scale).sub_(unscaled.mul_(along)).mul_(deviations));
  }

  private static TensorOptional optional(Tensor tensor) {
    return tensor == null ? new TensorOptional() : new TensorOptional(tensor);
  }
}
