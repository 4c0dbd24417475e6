package io.chorale.task;

import io.chorale.data.Batch;
import io.chorale.data.Ids;
import io.chorale.tensor.Device;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;

/** The negative log-likelihood of classes under a softmax of their scores, in nats. */
final class CrossEntropy {
  /** All classes count alike. */
  static final float[] ALIKE = {};

  private CrossEntropy() {}

  /**
   * The mean over all targets that count.
   *
   * @param logits [N, K]
   * @param targets N classes; {@link Batch#IGNORED} does not count
   */
  static Tensor mean(Tensor logits, Ids targets, Device device) {
    return torch.cross_entropy_loss(logits, device.ids(targets.values()));
  }

  /**
   * As {@link #mean}, each multiplied with the weight of its class. The sum is divided by the
   * targets, not by their weights, so that a batch is the mean of its rows.
   *
   * @param weights [K]
   * @param count of the targets that count
   */
  static Tensor weighted(Tensor logits, Ids targets, float[] weights, long count, Device device) {
    return each(logits, targets, weights, device).sum().div(new Scalar((double) count));
  }

  /**
   * As {@link #mean(Tensor, Ids, Device)}, for targets that have but a part of the probability: the
   * rest is spread evenly over all classes (Szegedy et al., "Rethinking the inception architecture
   * for computer vision", 2016).
   *
   * @param smoothing the rest, from 0 to below 1
   */
  static Tensor mean(Tensor logits, Ids targets, double smoothing, Device device) {
    return torch.cross_entropy_loss(
        logits,
        device.ids(targets.values()),
        new TensorOptional(),
        torch.Reduction.Mean.value,
        Batch.IGNORED,
        smoothing);
  }

  /** As {@link #mean}, but the sum, added in double precision. */
  static double sum(Tensor logits, Ids targets, float[] weights, Device device) {
    return each(logits, targets, weights, device).to(torch.ScalarType.Double).sum().item_double();
  }

  private static Tensor each(Tensor logits, Ids targets, float[] weights, Device device) {
    TensorOptional factors =
        weights.length == 0
            ? new TensorOptional()
            : new TensorOptional(device.numbers(weights, weights.length).to(logits.scalar_type()));
    return torch.cross_entropy_loss(
        logits,
        device.ids(targets.values()),
        factors,
        torch.Reduction.None.value,
        Batch.IGNORED,
        0);
  }
}
