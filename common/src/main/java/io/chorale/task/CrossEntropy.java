package io.chorale.task;

import io.chorale.data.Batch;
import io.chorale.data.Ids;
import io.chorale.tensor.Device;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;

/** The negative log-likelihood of classes under a softmax of their scores, in nats. */
final class CrossEntropy {
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
  static double sum(Tensor logits, Ids targets, Device device) {
    Tensor losses =
        torch.cross_entropy_loss(
            logits,
            device.ids(targets.values()),
            new TensorOptional(),
            torch.Reduction.None.value,
            Batch.IGNORED,
            0);
    return losses.to(torch.ScalarType.Double).sum().item_double();
  }
}
