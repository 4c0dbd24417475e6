package io.chorale.jobs.tokenize;

import io.chorale.io.Storage;
import io.chorale.jobs.spark.PartStage;
import java.io.Serializable;
import java.util.Iterator;
import java.util.List;

/**
 * The copies among the documents of a part.
 *
 * @param files in which the documents lie that stay for them, as their places begin: {@code
 *     file:/a.txt at}, {@code hdfs://host/data/train/shard-00000.safetensors row}
 * @param tables the CRC32C of each table of copies, in the order of the documents
 */
record CopiedPart(List<String> files, List<String> tables) implements Serializable {
  /** How the cause of a rejection begins. */
  static final String KEPT = "kept: ";

  CopiedPart {
    files = List.copyOf(files);
    tables = List.copyOf(tables);
  }

  /** What follows the name of the part in that of a table. */
  static String table(int number) {
    return "-%03d.safetensors".formatted(number);
  }

  /** Where the document lies that stays for a copy: {@code kept: file:/a.txt at 123}. */
  String kept(Copy copy) {
    return "%s%s %d".formatted(KEPT, files.get(copy.file()), copy.offset());
  }

  /** The copies of a part, in the order of its documents. */
  static Iterator<Copy> read(Storage storage, PartStage<CopiedPart> stage, int part) {
    return TableFiles.stream(
            storage,
            table -> stage.file(part, table(table)),
            stage.facts(part).tables(),
            Copy.COLUMNS)
        .map(Copy::of)
        .iterator();
  }
}
