package io.chorale.jobs.tokenize;

import java.io.Serializable;
import java.util.List;

/**
 * The copies among the documents of a part.
 *
 * @param files in which the documents lie that stay for them
 * @param tables the CRC32C of each table of copies, in the order of the documents
 */
record CopiedPart(List<String> files, List<String> tables) implements Serializable {
  CopiedPart {
    files = List.copyOf(files);
    tables = List.copyOf(tables);
  }

  /** What follows the name of the part in that of a table. */
  static String table(int number) {
    return "-%03d.safetensors".formatted(number);
  }
}
