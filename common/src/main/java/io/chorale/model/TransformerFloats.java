package io.chorale.model;

import io.chorale.config.AttentionHeads;
import io.chorale.config.AttentionSettings;
import io.chorale.config.AttentionSettings.Positions;
import io.chorale.config.LoraSettings;
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
  private final AttentionHeads heads;
  private final long queries; // units of all of a step
  private final long together; // units of queries, keys and values
  private final long turning; // units of queries and keys
  private final int feedForward;
  private final LoraSettings lora;
  private final boolean packed; // whether documents share rows in training
  private final boolean drops;
  private final boolean placed; // whether training goes over memory that stays
  private final boolean readPlaced; // whether reading does

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
    this.heads = settings.heads(width);
    this.queries = heads.queries();
    this.together = heads.together();
    this.turning = queries + heads.keys();
    this.feedForward = feedForward;
    this.lora = all.lora();
    packed = all.train().packing() == Packing.DOCUMENTS;
    drops = all.model().dropout() > 0;
    placed = Products.expected(all.train());
    readPlaced = Products.expectedOfReading(all.train());
  }

  /** As {@link Backbone#keptByStep}. */
  long keptByStep(long batch, long length) {
    boolean taken =
        PlacedTransformer.takes(length, width, heads.size(), form != Form.CAUSAL)
            && (!packed || PlacedTransformer.takesDocuments(length, width));
    if (placed && taken) {
      long longer = PlacedTransformer.length(length);
      return batch * longer * keptAtPlace(longer);
    }
    // Two norms with their inputs, q, k, v, the heads' output twice, the sums; before and after
    // the activation. Of a look at a memory as long: a norm with its input, q, k, v, the heads'
    // output twice. Of documents: q, k, v and the heads' output in groups, by about a third longer,
    // and back in rows. Also q and k that were normed or have turned, and what groups share.
    long units =
        4L * width
            + together
            + 2 * queries
            + ofMemory(2L * width + together + 2 * queries)
            + (packed ? together + 3 * queries : 0)
            + (turned() + normed()) * turning
            + repeated(2)
            + adapted(2);
    long layer = units + units(2, 4) * feedForward;
    long onTheWayBack = 4L * width + 2L * feedForward;
    // Computed again: what each block reads, the gradients of that and of its result; and what one
    // block has made in its first pass, which the allocator has not given back.
    long again = 3L * layers * width + layer + madeByBlock();
    long kept = settings.recompute() ? again : layers * layer;
    return batch * length * (kept + onTheWayBack);
  }

  /** Floats of a step that a {@link PlacedTransformer} keeps; of a memory as long. */
  private long keptAtPlace(long length) {
    boolean left = form != Form.BOTH_WAYS;
    boolean kept = PlacedAttention.keeps(length, heads.size());
    long ofKeys = heads.count() * PlacedAttention.keys(length, left);
    long pairs = kept ? ofKeys + ofMemory(heads.count() * length) : 0;
    // Of a block: two sums, two norms, q, k, v, the means; of a look at a memory a sum, a norm, q,
    // k, v, the means; q and k that were normed; before and after the activation; the softmaxes;
    // masks.
    long drawn = drops ? 2 + ofMemory(1) : 0;
    long layer =
        (4 + drawn) * width
            + together
            + queries
            + ofMemory(2L * width + together + queries)
            + normed() * turning
            + units(2, 3) * feedForward
            + adapted(1)
            + pairs;
    // Once: input and output with their gradients, those of the largest parts, what dropout and
    // turning make in passing, what groups share, what hides steps.
    long once =
        (6L + (drops ? 4 : 0)) * width
            + together
            + queries
            + ofMemory(3L * width + together + queries)
            + (3 * turned() + 8 * normed()) * turning
            + repeated(5)
            + units(2, 6) * feedForward
            + 3 * (1 + ofMemory(1)) * heads.count() * PlacedAttention.queries(length)
            + hiding(length, packed)
            + adapted(2);
    return once + (settings.recompute() ? (layers + 1L) * width + layer : layers * layer);
  }

  /** Floats of a step that hide others: of one head, for each row or for all. */
  private long hiding(long length, boolean ofRows) {
    return form != Form.BOTH_WAYS && (heads.count() == 1 || ofRows)
        ? PlacedAttention.keys(length, true)
        : 0;
  }

  /** As {@link Backbone#madeByPass}. */
  long madeByPass(long batch, long length) {
    if (readPlaced && PlacedTransformer.takes(length, width, heads.size(), false)) {
      long longer = PlacedTransformer.length(length);
      // Vectors with their positions, the stream at each place, two norms, q, k, v, the means, the
      // result twice; of a memory as of a block that is trained.
      return batch
          * longer
          * (10L * width
              + together
              + queries
              + ofMemory(5L * width + together + queries)
              + (3 * turned() + 4 * normed()) * turning
              + repeated(2)
              + units(2, 3) * feedForward
              + (1 + ofMemory(1)) * heads.count() * PlacedAttention.queries(longer)
              + hiding(longer, false));
    }
    return batch * length * ((long) layers * width + madeByBlock());
  }

  private long madeByBlock() {
    // Two norms, q, k, v, the heads' output twice, two results, two sums; q and k by halves before
    // and after they turn; before and after the activation.
    return 6L * width
        + together
        + 2 * queries
        + ofMemory(3L * width + together + 2 * queries)
        + 3 * (turned() + normed()) * turning
        + repeated(2)
        + units(2, 4) * feedForward;
  }

  /** As {@link Backbone#largestOfRow}. */
  long largestOfRow(long length) {
    // q, k and v side by side, or what the activation reads.
    return length * Math.max(together, units(1, 2) * feedForward);
  }

  /**
   * Units that a block's adapters make: between their two matrices and, where there is dropout, the
   * masks of what they read; or so many times as much.
   */
  private long adapted(long times) {
    if (!lora.given()) {
      return 0;
    }
    long between = (long) lora.rank() * lora.targets(settings.activation().gated()).size();
    return times * (between + (lora.dropout() > 0 ? 2L * width + queries + feedForward : 0));
  }

  private long ofMemory(long floats) {
    return form == Form.WITH_MEMORY ? floats : 0;
  }

  /** Whether queries and keys turn: 1, else 0. */
  private int turned() {
    return settings.positions() == Positions.ROTARY ? 1 : 0;
  }

  /** Whether queries and keys are normed: 1, else 0. */
  private int normed() {
    return settings.qkNorm() ? 1 : 0;
  }

  /** Units of keys or values that are there for each head of queries though groups share them. */
  private long repeated(long times) {
    return heads.group() == 1 ? 0 : (1 + ofMemory(1)) * times * queries;
  }

  private long units(long plain, long gated) {
    return settings.activation().gated() ? gated : plain;
  }
}
