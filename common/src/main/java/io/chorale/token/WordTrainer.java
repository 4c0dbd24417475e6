package io.chorale.token;

import java.util.Map;

/** Word vocabulary from counts. */
public final class WordTrainer {
  private WordTrainer() {}

  /** The tokenizer.json. */
  public static byte[] train(Map<String, Long> counts, int vocabulary) {
    throw new UnsupportedOperationException();
  }
}
