package io.chorale.model;

import io.chorale.config.TaskSettings.Pooling;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/** Makes one vector of the vectors of a row; padding has no part in it. */
public interface Pool {
  /** One vector a row [B, W] of what a backbone gave for rows of these lengths. */
  Tensor forward(Weights w, Backbone.Output read, Lengths lengths);

  /**
   * The pool that the settings name.
   *
   * @param slots to which it adds its parameters
   * @param name that begins theirs
   * @param backbone whose results it reads
   */
  static Pool of(Slots slots, String name, Pooling pooling, Backbone backbone) {
    return switch (pooling) {
      case MEAN -> Pool::mean;
      case LAST -> backbone::ends;
      case LEARNED -> learned(slots, name, backbone.width());
    };
  }

  private static Tensor mean(Weights w, Backbone.Output read, Lengths lengths) {
    Tensor values = read.values(); // [B, T, W]
    Tensor counts = lengths.column(w.device(), values.options());
    if (lengths.equal()) {
      return values.sum(1).div(counts);
    }
    Tensor padding = lengths.mask(w.device()).logical_not().unsqueeze(2);
    return values.masked_fill(padding, new Scalar(0.0)).sum(1).div(counts);
  }

  /**
   * The mean weighted by a softmax of each step's product with a vector that is learned (Yang et
   * al., "Hierarchical attention networks", 2016, without the layer before it). It begins as the
   * plain mean.
   */
  private static Pool learned(Slots slots, String name, int width) {
    Slot query = slots.add(name + ".query", Init.ZERO, width);
    return (w, read, lengths) -> {
      Tensor values = read.values();
      Tensor scores = values.matmul(w.get(query)); // [B, T]
      if (!lengths.equal()) {
        Tensor padding = lengths.mask(w.device()).logical_not();
        scores = scores.masked_fill(padding, new Scalar(Double.NEGATIVE_INFINITY));
      }
      Tensor weights = torch.softmax(scores, 1).unsqueeze(1); // [B, 1, T]
      // Whatever padding holds, zero times it must be zero.
      Tensor clean =
          lengths.equal()
              ? values
              : values.masked_fill(
                  lengths.mask(w.device()).logical_not().unsqueeze(2), new Scalar(0.0));
      return weights.bmm(clean).squeeze(1);
    };
  }
}
