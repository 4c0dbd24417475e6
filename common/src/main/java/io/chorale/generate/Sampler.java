package io.chorale.generate;

import io.chorale.config.GenerateSettings;

/** Chooses the next token. */
@FunctionalInterface
interface Sampler {
  /**
   * The id that comes next.
   *
   * @param logits one for each id; not changed
   */
  int next(float[] logits);

  /** The sampler that the settings describe, at the beginning of its random numbers. */
  static Sampler of(GenerateSettings settings) {
    return settings.temperature() == 0
        ? Sampler::likeliest
        : new RandomSampler(
            settings.temperature(), settings.topK(), settings.topP(), settings.seed());
  }

  /** The likeliest id; of equally likely ones the lowest. */
  private static int likeliest(float[] logits) {
    int best = 0;
    for (int id = 1; id < logits.length; id++) {
      if (logits[id] > logits[best]) {
        best = id;
      }
    }
    return best;
  }
}
