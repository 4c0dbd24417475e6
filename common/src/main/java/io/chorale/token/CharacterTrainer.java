package io.chorale.token;

import java.util.Map;

/**
 * A vocabulary of characters (code points): the most frequent ones, those of equal count by code
 * point. Costs a sort of the distinct characters.
 */
public final class CharacterTrainer {

  /** {@link Tokenizers#END_OF_TEXT} and {@link Tokenizers#UNKNOWN}. */
  private static final int SPECIAL = 2;

  private CharacterTrainer() {}

  /**
   * Learns the vocabulary.
   *
   * @param counts how often each character occurs; see {@link PreTokenizer#characters}
   * @param vocabulary the most entries, with the two special ones; characters beyond it become
   *     {@link Tokenizers#UNKNOWN}
   * @return the bytes of a tokenizer.json
   * @throws io.chorale.config.ChoraleException where there is no text
   */
  public static byte[] train(Map<String, Long> counts, int vocabulary) {
    Counts.checkText("characters", counts);
    return TokenizerWriter.characters(Counts.mostFrequent(counts, vocabulary - SPECIAL));
  }
}
