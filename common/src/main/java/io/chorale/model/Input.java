package io.chorale.model;

import io.chorale.config.Settings;
import io.chorale.data.Column;
import io.chorale.data.Values;

/** The part of a model that makes the vectors that a backbone reads of a column's steps. */
public sealed interface Input permits Embedding, Projection {
  /** What a backbone reads for a column, with the pass's dropout where the backbone leaves that. */
  Sequence forward(Weights w, Values column, Pass pass);

  /** Floats that a training step keeps beside what the backbone does, and their gradients. */
  long keptByStep(long batch, long length);

  /** Floats that a pass without a way back makes beside what the backbone does. */
  long madeByPass(long batch, long length);

  /**
   * What reads such a column: a table of vectors for ids, a linear layer for series.
   *
   * @param slots to which it adds its parameters
   */
  static Input of(Slots slots, Settings settings, Column column) {
    return switch (column.kind()) {
      case IDS -> Embedding.of(slots, "embedding", settings, column.size());
      case SERIES -> Projection.of(slots, "projection", settings, column.size());
      case VECTOR, LABEL ->
          throw new IllegalArgumentException("column %s has no steps".formatted(column.name()));
    };
  }
}
