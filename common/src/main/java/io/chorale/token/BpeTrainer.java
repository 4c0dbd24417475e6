package io.chorale.token;

import java.util.Map;

/** Merges from counts of pre-tokens. */
public final class BpeTrainer {
  private BpeTrainer() {}

  /** The tokenizer.json; pattern is gpt2 or a regular expression. */
  public static byte[] train(Map<String, Long> counts, int vocabulary, String pattern) {
    throw new UnsupportedOperationException();
  }
}
