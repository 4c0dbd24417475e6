package io.chorale.jobs.tokenize;

import io.chorale.io.Storage;
import io.chorale.jobs.spark.PartStage;
import java.io.Serializable;
import java.util.Iterator;
import java.util.List;

/**
 * The documents of a part that the dataset has which is added to.
 *
 * @param tables the CRC32C of each table of their places among the documents of the part
 */
record KnownPart(List<String> tables) implements Serializable {
  /** The columns of a table. */
  static final List<String> COLUMNS = List.of("ordinal");

  KnownPart {
    tables = List.copyOf(tables);
  }

  /** What follows the name of the part in that of a table. */
  static String table(int number) {
    return "-%03d.safetensors".formatted(number);
  }

  /**
   * Finds those of any part.
   *
   * @param any whether there may be some
   */
  record Known(Storage storage, PartStage<KnownPart> stage, boolean any) implements Serializable {
    /** Those of a part, by their places there. */
    ByOrdinal<Integer> of(int part) {
      if (!any) {
        return ByOrdinal.none();
      }
      Iterator<Integer> places =
          TableFiles.stream(
                  storage,
                  table -> stage.file(part, table(table)),
                  stage.facts(part).tables(),
                  COLUMNS)
              .map(row -> (int) row[0])
              .iterator();
      return new ByOrdinal<>(places, place -> place);
    }
  }
}
