package io.chorale.jobs.tokenize;

import io.chorale.io.Storage;
import io.chorale.jobs.spark.PartStage;
import java.io.Serializable;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.NoSuchElementException;

/**
 * The training documents of a part that have n-grams of held-out texts.
 *
 * @param documents how many they are
 * @param words of them that lie in such n-grams
 * @param tables the CRC32C of each table of {@link #COLUMNS}, in the order of the documents
 */
record ContaminatedPart(long documents, long words, List<String> tables) implements Serializable {
  private static final String ORDINAL = "ordinal";
  private static final String WORDS = "words";
  private static final String FOUND = "found";
  static final List<String> COLUMNS = List.of(ORDINAL, WORDS, FOUND);

  ContaminatedPart {
    tables = List.copyOf(tables);
  }

  /**
   * A document.
   *
   * @param ordinal its place among the documents of the part
   * @param found of its words those that lie in n-grams of held-out texts
   */
  record One(int ordinal, long words, long found) {
    /** From 0 to 1. */
    double share() {
      return (double) found / words;
    }
  }

  /** What follows the name of the part in that of a table. */
  static String table(int number) {
    return String.format(Locale.ROOT, "-%03d.safetensors", number);
  }

  /** The documents of a part. */
  static ByOrdinal<One> read(Storage storage, PartStage<ContaminatedPart> stage, int part) {
    TableFiles.Rows rows =
        TableFiles.read(
            storage, table -> stage.file(part, table(table)), stage.facts(part).tables());
    Iterator<One> documents =
        new Iterator<>() {
          private boolean more = rows.next();

          @Override
          public boolean hasNext() {
            return more;
          }

          @Override
          public One next() {
            if (!more) {
              throw new NoSuchElementException();
            }
            One one = new One((int) rows.get(ORDINAL), rows.get(WORDS), rows.get(FOUND));
            more = rows.next();
            return one;
          }
        };
    return new ByOrdinal<>(documents, One::ordinal);
  }
}
