package io.chorale.vectors;

import io.chorale.config.ChoraleException;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.function.IntFunction;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;

/**
 * The words that get vectors, by falling count, equal ones in the order of their ids. A word is its
 * place in that order, from 0; ids are those of a tokenizer.
 */
public final class Vocabulary {
  /** An id that is no word: what is rare or unknown, which is left out of the text. */
  public static final int LEFT_OUT = -1;

  /** The id that ends a text. */
  public static final int END = -2;

  private final int[] words;
  private final List<String> spellings;
  private final long[] counts;
  private final long total;

  private Vocabulary(int[] words, List<String> spellings, long[] counts) {
    this.words = words;
    this.spellings = spellings;
    this.counts = counts;
    this.total = Arrays.stream(counts).sum();
  }

  /**
   * The words among the ids of a tokenizer.
   *
   * @param counts how often each id occurs
   * @param minCount rarer ones are left out
   * @param end the id that ends a text
   * @param leftOut other ids that are no words
   * @param spelling the text of an id
   * @throws ChoraleException where no word is left
   */
  public static Vocabulary of(
      long[] counts, long minCount, int end, IntPredicate leftOut, IntFunction<String> spelling) {
    int[] ids =
        IntStream.range(0, counts.length)
            .filter(id -> id != end && counts[id] >= Math.max(1, minCount) && !leftOut.test(id))
            .boxed()
            .sorted(Comparator.comparing((Integer id) -> -counts[id]))
            .mapToInt(Integer::intValue)
            .toArray();
    if (ids.length == 0) {
      throw new ChoraleException(
          "Cannot train word vectors: no word occurs %d times, expected at least one that does. Lower the least count, or use more text."
              .formatted(minCount));
    }
    int[] words = new int[counts.length];
    Arrays.fill(words, LEFT_OUT);
    words[end] = END;
    for (int word = 0; word < ids.length; word++) {
      words[ids[word]] = word;
    }
    return new Vocabulary(
        words,
        Arrays.stream(ids).mapToObj(spelling).toList(),
        Arrays.stream(ids).mapToLong(id -> counts[id]).toArray());
  }

  /** Words there are. */
  public int size() {
    return counts.length;
  }

  /** The word of an id, {@link #LEFT_OUT} or {@link #END}. */
  public int word(int id) {
    return words[id];
  }

  /** How often a word occurs. */
  public long count(int word) {
    return counts[word];
  }

  /** How often each word occurs. */
  public long[] counts() {
    return counts.clone();
  }

  /** How often all words occur together. */
  public long total() {
    return total;
  }

  /** The text of a word. */
  public String spelling(int word) {
    return spellings.get(word);
  }

  /** The texts of all words, in their order. */
  public List<String> spellings() {
    return spellings;
  }
}
