package io.chorale.token;

import java.util.Map;

/** Character vocabulary from counts. */
public final class CharacterTrainer {
  private CharacterTrainer() {}

  /** The tokenizer.json. */
  public static byte[] train(Map<String, Long> counts, int vocabulary) {
    throw new UnsupportedOperationException();
  }
}
