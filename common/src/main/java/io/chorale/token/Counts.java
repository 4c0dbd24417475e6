package io.chorale.token;

import io.chorale.config.ChoraleException;
import java.util.Comparator;
import java.util.List;
import java.util.Map;

/** Sorts and cuts the counts of entries from which vocabularies of whole entries are made. */
final class Counts {
  private Counts() {}

  /**
   * At most so many entries by falling count; those of equal count in the order of their code
   * points. Text that spells one of the two special entries is none.
   */
  static List<String> mostFrequent(Map<String, Long> counts, int most) {
    return counts.entrySet().stream()
        .sorted(
            Comparator.comparingLong((Map.Entry<String, Long> e) -> -e.getValue())
                .thenComparing(Map.Entry::getKey, Counts::byCodePoints))
        .map(Map.Entry::getKey)
        .filter(e -> !e.equals(Tokenizers.END_OF_TEXT) && !e.equals(Tokenizers.UNKNOWN))
        .limit(most)
        .toList();
  }

  private static int byCodePoints(String a, String b) {
    int shorter = Math.min(a.length(), b.length());
    for (int i = 0; i < shorter; i++) {
      if (a.charAt(i) != b.charAt(i)) {
        // A surrogate stands for a code point above all of the basic plane.
        boolean first = Character.isSurrogate(a.charAt(i));
        return first == Character.isSurrogate(b.charAt(i))
            ? Character.compare(a.charAt(i), b.charAt(i))
            : Boolean.compare(first, !first);
      }
    }
    return Integer.compare(a.length(), b.length());
  }

  /** Fails where fewer entries are there than the vocabulary asks for. */
  static void checkOffer(String kind, int vocabulary, long offered) {
    if (offered < vocabulary) {
      throw new ChoraleException(
          String.format(
              "Cannot train the tokenizer (%s): its texts offer %d entries, expected the %d of"
                  + " its vocabulary. Set tokenizer.vocabulary (that of targets alone:"
                  + " tokenizer.target-vocabulary) to at most %d, or give more text.",
              kind, offered, vocabulary, offered));
    }
  }

  /** Fails where there is no text at all. */
  static void checkText(String kind, Map<String, Long> counts) {
    if (counts.isEmpty()) {
      throw new ChoraleException(
          "Cannot train the tokenizer ("
              + kind
              + "): the corpus holds no text, expected some. Check corpus.paths.");
    }
  }
}
