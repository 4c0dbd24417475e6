package io.chorale.evaluate;

import java.util.List;

/**
 * The inside of a model for one row, in plain numbers: losses, gradients, attention, hidden states.
 *
 * @param given the text or the series, as it was given
 * @param loss what the gradients are of, for people
 * @param read what stands at each step that is read [S], for people
 * @param written what stands at each step of what a decoder reads [T]; empty where there is none
 * @param predictions the likeliest ones, the best first; empty where they are not known
 * @param attention by layer, and part of it
 * @param gradients by layer
 * @param states by layer
 */
public record Insight(
    String given,
    String loss,
    List<String> read,
    List<String> written,
    List<Prediction> predictions,
    List<Attention> attention,
    List<Gradients> gradients,
    List<States> states) {
  /**
   * Something that the model predicts.
   *
   * @param probability not a number where what is predicted is a number itself
   */
  public record Prediction(String what, double probability) {}

  /**
   * How much each step looks at each step.
   *
   * @param weights [H][T][S]; rows add up to one
   * @param within whether a text looks at itself; else a decoder looks at what was read
   */
  public record Attention(String layer, float[][][] weights, boolean within) {}

  /**
   * Euclidean norms of the gradient of the loss with respect to what a layer hands on.
   *
   * @param norms after each step [T], in the order of the text
   */
  public record Gradients(String layer, double[] norms) {}

  /**
   * What a layer hands on.
   *
   * @param values [T][W], in the order of the text
   */
  public record States(String layer, float[][] values) {}

  /** Whether a layer reads what is written, in a decoder. */
  private boolean writes(String layer) {
    return !written.isEmpty() && layer.startsWith("decoder.");
  }

  /** What stands at each step of a layer. */
  public List<String> steps(String layer) {
    return writes(layer) ? written : read;
  }

  /** What stands at each step that an attention looks at. */
  public List<String> seen(Attention attention) {
    return attention.within() ? steps(attention.layer()) : read;
  }
}
