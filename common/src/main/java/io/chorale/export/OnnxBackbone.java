package io.chorale.export;

import io.chorale.config.ModelSettings.Kind;
import io.chorale.export.ExportOptions.Operators;

/** Adds the part of a model that reads sequences to a graph. */
interface OnnxBackbone {
  /** What is known of a step. */
  enum Form {
    /** All steps of its row. */
    BOTH_WAYS,
    /** Those before it. */
    CAUSAL,
    /** Those before it, and what was read before: an input, and an output. */
    GOING_ON
  }

  /** What is made of vectors [B, T, E]: [B, T, W]. */
  String read(String vectors);

  /**
   * What was read at the end of each row [B, W].
   *
   * @param read what {@link #read} gave
   */
  String ends(String read);

  /**
   * The backbone that the settings name.
   *
   * @param layers of its part of the model
   * @param memory whether it looks at one, the {@linkplain OnnxMemory values} of which are there
   */
  static OnnxBackbone of(
      OnnxLayers layers, OnnxRows rows, Form form, boolean memory, Operators operators) {
    return layers.facts().settings().model().kind() == Kind.TRANSFORMER
        ? new OnnxTransformer(layers, rows, form, memory, operators)
        : new OnnxRecurrent(layers, rows, form, memory);
  }
}
