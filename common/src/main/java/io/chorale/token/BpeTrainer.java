package io.chorale.token;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/**
 * Byte-level byte-pair encoding (Sennrich, Haddow and Birch, 2016; bytes as in GPT-2): {@link
 * MergeLearner} learns the merges.
 *
 * <p>Ids: {@link Tokenizers#END_OF_TEXT} is 0, the 256 bytes follow in the order of their
 * characters in the vocabulary, then the merges' products in the order in which they were learned.
 * The ids and merges are those of Hugging Face's trainer with the same splitting, that control
 * token and the whole byte alphabet.
 */
public final class BpeTrainer {
  private BpeTrainer() {}

  /**
   * Learns the merges.
   *
   * @param counts how often each pre-token occurs; see {@link PreTokenizer#forPattern}
   * @param vocabulary the entries: the control token, 256 bytes, and a merge each
   * @param pattern {@code gpt2} or the regular expression that made the pre-tokens
   * @return the bytes of a tokenizer.json
   * @throws io.chorale.config.ChoraleException where its texts offer fewer entries
   */
  public static byte[] train(Map<String, Long> counts, int vocabulary, String pattern) {
    Splitting splitting = Splitting.of(pattern);
    Counts.checkText("bpe", counts);
    List<byte[]> tokens = new ArrayList<>(vocabulary);
    tokens.add(new byte[0]);
    for (int b : ByteAlphabet.bytesInOrder()) {
      tokens.add(new byte[] {(byte) b});
    }
    List<String> entries = new ArrayList<>(vocabulary);
    tokens.stream().skip(1).map(ByteAlphabet::write).forEach(entries::add);
    List<String> merges = new ArrayList<>();
    MergeLearner learner = new MergeLearner(new Pieces(counts), vocabulary);
    while (tokens.size() < vocabulary && learner.next()) {
      byte[] left = tokens.get(learner.left());
      byte[] right = tokens.get(learner.right());
      byte[] product = concat(left, right);
      String entry = ByteAlphabet.write(product);
      if (entry.equals(Tokenizers.END_OF_TEXT)) {
        // The one name in the vocabulary that text must never come to.
        continue;
      }
      learner.merge(tokens.size());
      tokens.add(product);
      entries.add(entry);
      merges.add(ByteAlphabet.write(left) + " " + ByteAlphabet.write(right));
    }
    Counts.checkOffer("bpe", vocabulary, tokens.size());
    return TokenizerWriter.bpe(splitting, entries, merges);
  }

  private static byte[] concat(byte[] left, byte[] right) {
    byte[] both = Arrays.copyOf(left, left.length + right.length);
    System.arraycopy(right, 0, both, left.length, right.length);
    return both;
  }
}
