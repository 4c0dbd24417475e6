package io.chorale.model;

import io.chorale.config.AttentionSettings;
import io.chorale.config.AttentionSettings.Activation;
import io.chorale.config.AttentionSettings.Positions;
import io.chorale.config.Settings;
import io.chorale.config.TrainSettings.Packing;
import io.chorale.model.Backbone.Form;
import io.chorale.tensor.Products;

/** Estimates the floats that a transformer's passes hold. */
final class TransformerFloats {
  private final AttentionSettings settings;
  private final Form form;
  private final int layers;
  private final int width;
  private final int heads;
  private final int feedForward;
  private final boolean packed; // whether documents share rows in training
  private final boolean drops;
  private final boolean placed; // whether training goes over memory that stays

  /**
   * Estimates for a transformer.
   *
   * @param feedForward units of its feed-forward layers
   */
  TransformerFloats(Settings all, Form form, int feedForward) {
    this.settings = all.attention();
    this.form = form;
    this.layers = all.model().layers();
    this.width = all.model().width();
    this.heads = settings.heads();
    this.feedForward = feedForward;
    packed = all.train().packing() == Packing.DOCUMENTS;
    drops = all.model().dropout() > 0;
    placed =
        Products.expected(all.train())
            && !settings.recompute()
            && form != Form.WITH_MEMORY
            && !packed;
  }

  /** As {@link Backbone#keptByStep}. */
  long keptByStep(long batch, long length) {
    if (placed && PlacedTransformer.takes(length, width / heads)) {
      long longer = PlacedTransformer.length(length);
      return batch * longer * keptAtPlace(longer);
    }
    // Two norms with their inputs, q, k, v, the heads' output twice, the sums; before and after
    // the activation. Of a look at a memory as long: a norm with its input, q, k, v, the heads'
    // output twice. Of documents: q, k, v and the heads' output in groups, by about a third longer,
    // and back in rows. Also q and k that have turned.
    long widths = 9 + memoryWidths(7) + (packed ? 6 : 0) + turnedWidths(2);
    long layer = widths * width + units(2, 4) * feedForward;
    long onTheWayBack = 4L * width + 2L * feedForward;
    // Computed again: what each block reads, the gradients of that and of its result; and what one
    // block has made in its first pass, which the allocator has not given back.
    long again = 3L * layers * width + layer + madeByBlock();
    long kept = settings.recompute() ? again : layers * layer;
    return batch * length * (kept + onTheWayBack);
  }

  /** Floats of a step that a {@link PlacedTransformer} keeps. */
  private long keptAtPlace(long length) {
    boolean left = form == Form.CAUSAL;
    long pairs = heads * PlacedAttention.keys(length, left);
    // Of a block: two sums, two norms, q, k, v, the means; before and after the activation; the
    // softmax; masks.
    long layer = (8L + (drops ? 2 : 0)) * width + units(2, 3) * feedForward + pairs;
    // Once: input and output with their gradients, those of the largest parts, what dropout and
    // turning make in passing, a mask of one head.
    long once =
        (10L + (drops ? 4 : 0) + turnedWidths(6)) * width
            + units(2, 6) * feedForward
            + 2 * heads * PlacedAttention.queries(length, left)
            + (heads == 1 ? pairs : 0);
    return layers * layer + once;
  }

  /** As {@link Backbone#madeByPass}. */
  long madeByPass(long batch, long length, boolean padded) {
    // Of each block its result, and where another step may go on from it, the keys, and q, k and v
    // side by side.
    long stays = form == Form.BOTH_WAYS || padded ? 1 : 4 + turnedWidths(1);
    return batch * length * (layers * stays * width + madeByBlock());
  }

  private long madeByBlock() {
    // Two norms, q, k, v, the heads' output twice, two results, two sums; q and k by halves before
    // and after they turn; before and after the activation.
    long widths = 11 + memoryWidths(8) + turnedWidths(6);
    return widths * width + units(2, 4) * feedForward;
  }

  /** As {@link Backbone#largestOfRow}. */
  long largestOfRow(long length) {
    // q, k and v side by side, or what the activation reads.
    return length * Math.max(3L * width, units(1, 2) * feedForward);
  }

  private long memoryWidths(long widths) {
    return form == Form.WITH_MEMORY ? widths : 0;
  }

  private long turnedWidths(long widths) {
    return settings.positions() == Positions.ROTARY ? widths : 0;
  }

  private long units(long plain, long gated) {
    return settings.activation() == Activation.SWIGLU ? gated : plain;
  }
}
