package io.chorale.jobs.embed;

import io.chorale.vectors.Vocabulary;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import org.apache.spark.api.java.function.FlatMapFunction;
import org.apache.spark.broadcast.Broadcast;

/**
 * A worker's training text as MLlib takes it: sentences of words, each word the number that it has
 * in the vocabulary. What is left out of the vocabulary is not there; a text is cut where it is
 * longer than a sentence may be.
 *
 * @param shards of the training split; see {@link io.chorale.data.Mix} for the numbers of passes
 * @param words by id, see {@link Vocabulary#word}
 * @param longest words of a sentence
 */
record Sentences(TrainingIds text, int shards, Broadcast<int[]> words, int longest)
    implements FlatMapFunction<int[], List<String>> {

  @Override
  public Iterator<List<String>> call(int[] passes) {
    Iterator<Integer> numbers = Arrays.stream(passes).map(pass -> pass % shards).iterator();
    return new Cut(text.of(numbers).iterator(), words.value(), longest);
  }

  /** Cuts shard after shard; holds the ids of one. */
  private static final class Cut implements Iterator<List<String>> {
    private final Iterator<int[]> texts;
    private final int[] words;
    private final int longest;

    /** Made when a word first comes: one object a word, however often it stands in the text. */
    private final String[] names;

    private int[] ids = new int[0];
    private int place;
    private List<String> next = List.of();

    Cut(Iterator<int[]> texts, int[] words, int longest) {
      this.texts = texts;
      this.words = words;
      this.longest = longest;
      this.names = new String[words.length];
    }

    @Override
    public boolean hasNext() {
      while (next.isEmpty()) {
        if (place == ids.length) {
          if (!texts.hasNext()) {
            return false;
          }
          ids = texts.next();
          place = 0;
        }
        next = sentence();
      }
      return true;
    }

    /** The words up to the next end of a text, which is passed over, or of the shard. */
    private List<String> sentence() {
      List<String> sentence = new ArrayList<>();
      while (place < ids.length && sentence.size() < longest) {
        int word = words[ids[place++]];
        if (word == Vocabulary.END) {
          break;
        }
        if (word >= 0) {
          if (names[word] == null) {
            names[word] = Integer.toString(word);
          }
          sentence.add(names[word]);
        }
      }
      return sentence;
    }

    @Override
    public List<String> next() {
      if (!hasNext()) {
        throw new NoSuchElementException();
      }
      List<String> sentence = next;
      next = List.of();
      return sentence;
    }
  }
}
