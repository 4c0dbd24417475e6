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
   * @param name of the layer, without {@code .weight} and {@code .bias}
   * @param in width of the vectors
   * @param out number of scores
   */
  public static Head of(Slots slots, String name, Settings settings, int in, int out) {
    return new Head(Linear.of(slots, name, Surroundings.of(settings).head(), out, in, true));
  }

  /**
   * A head over a vocabulary, which may share the embedding's table (Press and Wolf, 2017).
   *
   * @param name of the layer, without {@code .weight} and {@code .bias}
   * @param in width of the vectors
   * @param entries V
   */
  public static Head overVocabulary(
      Slots slots, String name, Settings settings, Embedding embedding, int in, int entries) {
    Surroundings around = Surroundings.of(settings);
    Slot matrix =
        settings.model().tiedHead()
            ? embedding.table()
            : slots.add(name + ".weight", around.head(), entries, in);
    Slot bias = around.headBiased() ? slots.add(name + ".bias", Init.ZERO, entries) : null;
    return new Head(new Linear(matrix, bias));
  }

  /** Scores [..., out] of vectors [..., in]. */
  public Tensor forward(Weights w, Tensor x) {
    return layer.forward(w, x);
  }
}
