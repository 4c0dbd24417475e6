package io.chorale.jobs.tokenize;

import io.chorale.corpus.CorpusCounts;
import java.io.Serializable;
import java.util.List;
import java.util.Locale;
import java.util.TreeMap;

/**
 * The n-grams of the held-out texts of a part.
 *
 * @param counts of documents and rejections, where the part is of given files
 * @param sets what texts there are, by the number of their set
 * @param tables the CRC32C of each table of {@link #COLUMNS}: a row for each n-gram, in the order
 *     of documents and of words
 */
record HeldOutPart(CorpusCounts counts, TreeMap<Integer, Texts> sets, List<String> tables)
    implements Serializable {
  static final String SET = "set";
  static final String DOCUMENT = "document";
  static final String GRAM = "gram";
  static final List<String> COLUMNS = List.of(SET, DOCUMENT, GRAM);

  HeldOutPart {
    tables = List.copyOf(tables);
  }

  /**
   * Texts of a set.
   *
   * @param shorter how many have fewer words than an n-gram
   */
  record Texts(long documents, long shorter, long words) implements Serializable {
    static final Texts NONE = new Texts(0, 0, 0);

    /** With one more. */
    Texts and(Texts other) {
      return new Texts(documents + other.documents, shorter + other.shorter, words + other.words);
    }

    /** One, by its words and whether it has an n-gram. */
    static Texts one(long words, boolean any) {
      return new Texts(1, any ? 0 : 1, words);
    }
  }

  /** What follows the name of the part in that of a table. */
  static String table(int number) {
    return String.format(Locale.ROOT, "-%03d.safetensors", number);
  }
}
