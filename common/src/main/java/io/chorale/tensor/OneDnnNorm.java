package io.chorale.tensor;

import java.util.ArrayList;
import java.util.List;
import org.bytedeco.dnnl.engine;
import org.bytedeco.dnnl.global.dnnl;
import org.bytedeco.dnnl.layer_normalization_forward;
import org.bytedeco.dnnl.memory;
import org.bytedeco.dnnl.primitive_attr;

/** Makes oneDNN's kernels for norms. */
final class OneDnnNorm {
  private static final int SHIFTED = 6;

  private OneDnnNorm() {}

  /**
   * A layer norm.
   *
   * @param layouts of what is read, the result, means, variances, the scale and, if there is one,
   *     the shift
   */
  static OneDnnProducts.Made layer(
      engine engine, List<memory.desc> layouts, float epsilon, primitive_attr attributes) {
    boolean shifted = layouts.size() == SHIFTED;
    List<Integer> places =
        new ArrayList<>(
            List.of(
                dnnl.DNNL_ARG_SRC,
                dnnl.DNNL_ARG_DST,
                dnnl.DNNL_ARG_MEAN,
                dnnl.DNNL_ARG_VARIANCE,
                dnnl.DNNL_ARG_SCALE));
    int flags = dnnl.normalization_flags.use_scale.value;
    if (shifted) {
      places.add(dnnl.DNNL_ARG_SHIFT);
      flags |= dnnl.normalization_flags.use_shift.value;
    }
    layer_normalization_forward.primitive_desc description =
        new layer_normalization_forward.primitive_desc(
            engine,
            dnnl.prop_kind.forward_training.value,
            layouts.get(0),
            layouts.get(1),
            epsilon,
            flags,
            attributes,
            false);
    return new OneDnnProducts.Made(
        description, new layer_normalization_forward(description), places);
  }
}
