package io.chorale.data;

import io.chorale.config.DatasetSplit;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * How much of held-out texts the training split has, told by n-grams of words.
 *
 * @param words of an n-gram
 * @param every one of how many n-grams was looked for: 1, 2, 4 and so on
 * @param heldOut a line for each held-out split, then for each of the texts that were given beside
 * @param train the training split, before documents are left out for it
 */
public record Contamination(int words, long every, List<Texts> heldOut, Texts train) {
  /** Nothing was looked for. */
  public static final Contamination NONE =
      new Contamination(0, 0, List.of(), new Texts(DatasetSplit.TRAIN.key(), 0, 0, 0, 0, 0));

  /** Both together: what was found in what each of two runs has read. */
  Contamination and(Contamination more) {
    if (words == 0 || more.words == 0) {
      return words == 0 ? more : this;
    }
    Map<String, Texts> all = new LinkedHashMap<>();
    heldOut.forEach(texts -> all.put(texts.name(), texts));
    more.heldOut.forEach(texts -> all.merge(texts.name(), texts, Texts::and));
    return new Contamination(
        words, Math.max(every, more.every), List.copyOf(all.values()), train.and(more.train));
  }

  public Contamination {
    heldOut = List.copyOf(heldOut);
  }

  /**
   * Some texts.
   *
   * @param documents how many there are
   * @param shorter how many of them have fewer words than an n-gram, so that they cannot be found
   * @param found how many have an n-gram that is found: in the training split or, of that, in a
   *     held-out text
   * @param words of all
   * @param wordsFound of them those that lie in such n-grams
   */
  public record Texts(
      String name, long documents, long shorter, long found, long words, long wordsFound) {
    private Texts and(Texts more) {
      return new Texts(
          name,
          documents + more.documents,
          shorter + more.shorter,
          found + more.found,
          words + more.words,
          wordsFound + more.wordsFound);
    }
  }
}
