package io.chorale.token;

import java.util.List;
import java.util.Map;

/**
 * A vocabulary of words (what stands between white space): the most frequent ones, those of equal
 * count in the order of their code points. Costs a sort of the distinct words.
 */
public final class WordTrainer {

  /** {@link Tokenizers#END_OF_TEXT} and {@link Tokenizers#UNKNOWN}. */
  private static final int SPECIAL = 2;

  private WordTrainer() {}

  /**
   * Learns the vocabulary. A word that is written like {@link Tokenizers#UNKNOWN} is that entry;
   * one that is written like {@link Tokenizers#END_OF_TEXT} is unknown.
   *
   * @param counts how often each word occurs; see {@link PreTokenizer#words}
   * @param vocabulary the entries, with the two special ones; other words become {@link
   *     Tokenizers#UNKNOWN}
   * @return the bytes of a tokenizer.json
   * @throws io.chorale.config.ChoraleException where the corpus has fewer words
   */
  public static byte[] train(Map<String, Long> counts, int vocabulary) {
    Counts.checkText("words", counts);
    List<String> words = Counts.mostFrequent(counts, vocabulary - SPECIAL);
    Counts.checkOffer("words", vocabulary, words.size() + SPECIAL);
    return TokenizerWriter.words(words);
  }
}
