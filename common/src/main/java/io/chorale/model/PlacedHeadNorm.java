package io.chorale.model;

import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.ScalarTypeOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/** The RMS norm of the vectors of each head at a {@link Place}, and its way back. */
final class PlacedHeadNorm {
  private static final long[] UNITS = {3};
  private static final long[] ALL_BUT_UNITS = {0, 1, 2};

  private final Place.Value x;
  private final Place.Value y;
  private final double epsilon;
  private final Tensor scale;
  private final Tensor ofScale; // null where it is not trained
  private final Tensor deviations; // one over the roots of mean squares

  /**
   * A norm.
   *
   * @param block whose part it is
   * @param part names the memory of its statistics
   * @param x what it reads [B, H, T, D]
   * @param y where its result goes; the gradients of both are put where they go
   */
  PlacedHeadNorm(
      Place at, String block, String part, Normalization norm, Place.Value x, Place.Value y) {
    this.x = x;
    this.y = y;
    this.epsilon = norm.epsilon();
    this.scale = at.w().get(norm.scale()).detach();
    this.ofScale = at.gradient(norm.scale());
    Tensor of = x.tensor();
    this.deviations =
        at.kept(at.floats(), block, part + ".deviations", of.size(0), of.size(1), of.size(2), 1);
  }

  void forward() {
    Tensor read = floats(x.tensor());
    deviations.copy_(read.square().mean(UNITS, true, new ScalarTypeOptional()));
    deviations.add_(new Scalar(epsilon)).rsqrt_();
    y.tensor().copy_(read.mul(deviations).mul_(scale));
  }

  /** Adds to the gradient of the scale, where that is trained, and puts that of x where it goes. */
  void backward() {
    Tensor ofY = floats(y.gradient());
    Tensor unscaled = floats(x.tensor()).mul(deviations);
    Tensor weighed = ofY.mul(unscaled);
    if (ofScale != null) {
      ofScale.add_(weighed.sum(ALL_BUT_UNITS, false, new ScalarTypeOptional()));
    }
    Tensor along = weighed.mul_(scale).mean(UNITS, true, new ScalarTypeOptional());
    x.gradient().copy_(ofY.mul(scale).sub_(unscaled.mul_(along)).mul_(deviations));
  }

  private static Tensor floats(Tensor factor) {
    return factor.to(torch.ScalarType.Float);
  }
}
