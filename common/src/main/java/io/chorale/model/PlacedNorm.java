package io.chorale.model;

import io.chorale.tensor.Operand;
import io.chorale.tensor.Products;
import java.util.List;
import org.bytedeco.javacpp.BoolPointer;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.ScalarTypeOptional;
import org.bytedeco.pytorch.T_TensorTensorTensor_T;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;

/** A norm at a {@link Place}, and its way back. */
final class PlacedNorm {
  private static final long[] ROWS = {0};
  private static final long[] UNITS = {1};

  private final Products products;
  private final double epsilon;
  private final boolean mean; // whether it is taken away: a layer norm
  private final long[] shape;
  private final Tensor x;
  private final Tensor y;
  private final Operand read;
  private final Operand result;
  private final List<Operand> parameters;
  private final Tensor ofY;
  private final Tensor ofX;
  private final Tensor scale;
  private final Tensor shift;
  private final Tensor ofScale; // null where it is not trained
  private final Tensor ofShift;
  private final Tensor means;
  private final Tensor deviations; // their squares, then one over them
  private final Products.Statistics statistics;

  /**
   * A norm.
   *
   * @param block whose part it is
   * @param part names the memory of its statistics
   * @param mean whether the mean of a row is taken away: a layer norm, not an RMS norm
   * @param x what it reads [N, C], in float32; to its gradient is added
   * @param y where its result goes; its gradient is in float32
   */
  PlacedNorm(
      Place at,
      String block,
      String part,
      Normalization norm,
      boolean mean,
      Place.Value x,
      Place.Value y) {
    this.products = at.products();
    this.epsilon = norm.epsilon();
    this.mean = mean;
    this.x = x.tensor();
    this.y = y.tensor();
    long rows = this.x.size(0);
    this.shape = new long[] {this.x.size(1)};
    this.ofY = y.gradient();
    this.ofX = x.gradient();
    this.scale = at.w().get(norm.scale()).detach();
    this.ofScale = at.gradient(norm.scale());
    this.shift = norm.shift() == null ? null : at.w().get(norm.shift()).detach();
    this.ofShift = norm.shift() == null ? null : at.gradient(norm.shift());
    this.means = at.kept(at.floats(), block, part + ".means", rows, 1);
    this.deviations = at.kept(at.floats(), block, part + ".deviations", rows, 1);
    this.read = Operand.of(this.x);
    this.result = Operand.of(this.y);
    this.parameters =
        shift == null ? List.of(Operand.of(scale)) : List.of(Operand.of(scale), Operand.of(shift));
    this.statistics =
        new Products.Statistics(Operand.of(means.squeeze(1)), Operand.of(deviations.squeeze(1)));
  }

  void forward() {
    if (mean) {
      products.layerNorm(read, parameters, epsilon, statistics, result);
    } else {
      deviations.copy_(x.square().mean(UNITS, true, new ScalarTypeOptional()));
    }
    deviations.add_(new Scalar(epsilon)).rsqrt_();
    if (!mean) {
      y.copy_(x.mul(deviations).mul_(scale));
    }
  }

  /** Adds to the gradients of x and of the parameters that are trained. */
  void backward() {
    if (mean) {
      BoolPointer wanted = new BoolPointer(3);
      wanted.put(0, true).put(1, ofScale != null).put(2, ofShift != null);
      T_TensorTensorTensor_T back =
          torch.native_layer_norm_backward(
              ofY, x, shape, means, deviations, optional(scale), optional(shift), wanted);
      ofX.add_(back.get0());
      if (ofScale != null) {
        ofScale.add_(back.get1());
      }
      if (ofShift != null) {
        ofShift.add_(back.get2());
      }
      return;
    }
    Tensor unscaled = x.mul(deviations);
    Tensor weighed = ofY.mul(unscaled);
    if (ofScale != null) {
      ofScale.add_(weighed.sum(ROWS, false, new ScalarTypeOptional()));
    }
    Tensor along = weighed.mul_(scale).mean(UNITS, true, new ScalarTypeOptional());
    ofX.add_(ofY.mul(scale).sub_(unscaled.mul_(along)).mul_(deviations));
  }

  private static TensorOptional optional(Tensor tensor) {
    return tensor == null ? new TensorOptional() : new TensorOptional(tensor);
  }
}
