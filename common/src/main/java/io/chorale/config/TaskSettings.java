package io.chorale.config;

import java.util.List;

/**
 * The settings of the task, such as classification or translation; {@code reference.yaml} explains
 * each key.
 */
public record TaskSettings(
    Kind kind, Direction direction, Pooling pooling, List<String> classWeights, double maskShare) {

  /** The kinds of tasks. */
  public enum Kind {
    LANGUAGE_MODEL,
    CLASSIFICATION,
    REGRESSION,
    TAGGING,
    MASKED_LANGUAGE_MODEL,
    CONTRASTIVE,
    TRANSLATION,
    FROM_VECTOR,
    FORECAST,
    WORD_VECTORS
  }

  /** Which tokens of a text the model sees from each of them. */
  public enum Direction {
    BOTH_WAYS,
    CAUSAL
  }

  /** How the vectors of a text's tokens become one. */
  public enum Pooling {
    MEAN,
    LAST,
    LEARNED
  }

  /** As the only class weight: each class weighs by how rare it is. */
  public static final String BALANCED = "balanced";

  public TaskSettings {
    classWeights = List.copyOf(classWeights);
    Check.that(
        classWeights.equals(List.of(BALANCED))
            || classWeights.stream().allMatch(TaskSettings::weighs),
        "task.class-weights",
        BALANCED + " or a list of numbers above 0, such as [1, 2.5]",
        classWeights);
    Check.that(
        maskShare > 0 && maskShare <= 1,
        "task.mask-share",
        "a share above 0 and at most 1",
        maskShare);
  }

  private static boolean weighs(String weight) {
    try {
      float number = Float.parseFloat(weight);
      return number > 0 && Float.isFinite(number);
    } catch (NumberFormatException e) {
      return false;
    }
  }

  /** Whether classes weigh by how rare they are in the training split. */
  public boolean balanced() {
    return classWeights.equals(List.of(BALANCED));
  }

  /**
   * Weights of the classes in the loss, in the order of the labels; none where all count alike. Not
   * where they are {@link #balanced}.
   */
  public float[] weights() {
    float[] weights = new float[classWeights.size()];
    for (int label = 0; label < weights.length; label++) {
      weights[label] = Float.parseFloat(classWeights.get(label));
    }
    return weights;
  }
}
