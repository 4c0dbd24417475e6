package io.chorale.train;

import io.chorale.model.ParameterLayout;
import io.chorale.model.Weights;
import io.chorale.tensor.StepScope;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;

/**
 * Keeps rows of a matrix as they were while the parameters around them are trained: they have no
 * part in the gradient's norm and in the optimizer's moments, and what its step does to them all
 * the same, by weight decay, is undone.
 */
final class HeldRows implements AutoCloseable {
  private final Tensor values; // [V, E], a view
  private final Tensor gradients; // [V, E], a view
  private final Tensor places; // int64 [N]
  private final Tensor kept; // [N, E]

  private HeldRows(Weights weights, ParameterLayout.Entry matrix, int[] rows) {
    try (StepScope scope = new StepScope()) {
      values = scope.keep(view(weights.flat().values(), matrix));
      gradients = scope.keep(view(weights.flat().gradients(), matrix));
      places = scope.keep(weights.device().ids(rows));
      kept = scope.keep(values.index_select(0, places));
    }
  }

  /** Those rows as they are now; null where there are none. */
  static HeldRows of(Weights weights, ParameterLayout layout, FrozenRows frozen) {
    return frozen.rows().length == 0
        ? null
        : new HeldRows(weights, layout.entry(frozen.parameter()), frozen.rows());
  }

  private static Tensor view(Tensor flat, ParameterLayout.Entry matrix) {
    return flat.narrow(0, matrix.offset(), matrix.length()).view(matrix.shape());
  }

  /** After the way back: as if the loss did not depend on them. */
  void ignore() {
    try (StepScope scope = new StepScope()) {
      gradients.index_fill_(0, places, new Scalar(0));
    }
  }

  /** After a step of the optimizer. */
  void restore() {
    try (StepScope scope = new StepScope()) {
      values.index_copy_(0, places, kept);
    }
  }

  @Override
  public void close() {
    kept.close();
    places.close();
    gradients.close();
    values.close();
  }
}
