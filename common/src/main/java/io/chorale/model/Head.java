package io.chorale.model;

import io.chorale.config.Settings;
import org.bytedeco.pytorch.Tensor;

/** A linear layer that turns vectors into scores of classes or tokens. */
public final class Head {
  private final Linear layer;

  private Head(Linear layer) {
    this.layer = layer;
  }

  /**
   * A head with a matrix and a bias of its own.
   *
   * @param in width of the vectors
   * @param out number of scores
   */
  public static Head of(Slots slots, String name, Settings settings, int in, int out) {
    return new Head(Linear.of(slots, name, Surroundings.of(settings).head(), out, in, true));
  }

  /**
   * A head over a vocabulary, which may share the embedding's table (Press and Wolf, 2017).
   *
   * @param in width of the vectors
   * @param entries V
   * @param biased whether it has a bias
   */
  public static Head overVocabulary(
      Slots slots, Settings settings, Embedding embedding, int in, int entries, boolean biased) {
    Slot matrix =
        settings.model().tiedHead()
            ? embedding.table()
            : slots.add("head.weight", Surroundings.of(settings).head(), entries, in);
    return new Head(new Linear(matrix, biased ? slots.add("head.bias", Init.ZERO, entries) : null));
  }

  /** Scores [..., out] of vectors [..., in]. */
  public Tensor forward(Weights w, Tensor x) {
    return layer.forward(w, x);
  }
}
