package io.chorale.model;

import io.chorale.config.LoraSettings;
import io.chorale.config.LoraSettings.Factors;
import io.chorale.config.LoraSettings.Target;
import io.chorale.io.FloatVector;
import java.util.Arrays;
import java.util.function.Function;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * A low-rank adapter of a linear layer: to some rows of its matrix W [out, in], which is not
 * trained, it adds s B A, the product of two small matrices (Hu et al., "LoRA: low-rank adaptation
 * of large language models", arXiv 2106.09685). It costs O(N·r·(in + rows)) for N vectors.
 *
 * @param target the layer, as settings name it
 * @param matrix W
 * @param begin the first row that it changes
 * @param a A [r, in], uniform at first
 * @param b B [rows, r], zeros at first, so that the model begins as it was
 * @param scale s
 * @param dropout the share of its input that is dropped in training
 */
public record Adapter(
    Target target, Slot matrix, long begin, Slot a, Slot b, double scale, double dropout) {

  /**
   * An adapter whose matrices are added to the slots.
   *
   * @param rows of W that it changes
   */
  static Adapter of(
      Slots slots, LoraSettings settings, Target target, Slot matrix, long begin, long rows) {
    long in = matrix.shape()[1];
    String name = name(matrix, target);
    // Kaiming's uniform distribution with slope sqrt(5), as linear layers begin in PyTorch.
    Init uniform = Init.uniform(1 / StrictMath.sqrt(in));
    boolean fixed = settings.factors() == Factors.B;
    Slot a = slots.addFactor(name + ".lora-a", uniform, fixed, settings.rank(), in);
    Slot b = slots.addFactor(name + ".lora-b", Init.ZERO, false, rows, settings.rank());
    return new Adapter(target, matrix, begin, a, b, settings.scale(), settings.dropout());
  }

  /**
   * The layer's name with the target's for that of its matrix: {@code layers.0.attention.query}.
   */
  private static String name(Slot matrix, Target target) {
    String layer = matrix.name().substring(0, matrix.name().lastIndexOf('.'));
    return layer.substring(0, layer.lastIndexOf('.') + 1) + target.key();
  }

  /** Rows that it changes. */
  public int rows() {
    return Math.toIntExact(b.shape()[0]);
  }

  /** r. */
  public int rank() {
    return Math.toIntExact(a.shape()[0]);
  }

  private int columns() {
    return Math.toIntExact(a.shape()[1]);
  }

  /** What the layer's result [..., out] gets for its input [..., in], added in place. */
  void addTo(Weights w, Tensor x, Tensor y) {
    Tensor a = w.product(this.a);
    Tensor low = torch.linear(x.to(a.scalar_type()), a);
    Tensor high = torch.linear(low, w.product(b)).to(y.scalar_type());
    y.narrow(-1, begin, rows()).add_(high, new Scalar(scale));
  }

  /**
   * Adds s B A to W.
   *
   * @param model parameters of which W is one; changed
   * @param layout of those
   * @param factors gives the elements of A and of B, row-major
   */
  public void merge(FloatVector model, ParameterLayout layout, Function<Slot, float[]> factors) {
    float[] low = factors.apply(a);
    float[] high = factors.apply(b);
    int in = columns();
    long offset = layout.entry(matrix.name()).offset() + begin * in;
    float[] sum = new float[in];
    for (int row = 0; row < rows(); row++) {
      Arrays.fill(sum, 0);
      for (int unit = 0; unit < rank(); unit++) {
        float factor = high[row * rank() + unit];
        int from = unit * in;
        for (int i = 0; i < in; i++) {
          sum[i] += factor * low[from + i];
        }
      }
      for (int i = 0; i < in; i++) {
        long place = offset + (long) row * in + i;
        model.set(place, model.get(place) + (float) (scale * sum[i]));
      }
    }
  }
}
