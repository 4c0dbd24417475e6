package io.chorale.jobs.tokenize;

import io.chorale.io.Storage;
import io.chorale.jobs.spark.PartStage;
import java.io.Serializable;
import java.util.List;
import java.util.Locale;

/**
 * The training documents of a part that have n-grams of held-out texts.
 *
 * @param documents how many they are
 * @param words of them that lie in such n-grams
 * @param tables the CRC32C of each table of {@link #COLUMNS}, in the order of the documents
 */
record ContaminatedPart(long documents, long words, List<String> tables) implements Serializable {
  static final List<String> COLUMNS = List.of("ordinal", "words", "found");

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
    return new ByOrdinal<>(
        TableFiles.stream(
                storage,
                table -> stage.file(part, table(table)),
                stage.facts(part).tables(),
                COLUMNS)
            .map(row -> new One((int) row[0], row[1], row[2]))
            .iterator(),
        One::ordinal);
  }
}
