package io.chorale.jobs.tokenize;

import io.chorale.corpus.CorpusCounts;
import java.io.Serializable;
import java.util.List;

/**
 * What was measured of a part of the corpus.
 *
 * @param counts of its documents and rejections as read
 * @param tables of {@link Attributes}, a row for each document, in their order
 */
record MeasuredPart(CorpusCounts counts, List<Table> tables) implements Serializable {
  MeasuredPart {
    tables = List.copyOf(tables);
  }

  /**
   * A file of rows, and one of their signatures.
   *
   * @param signatures the CRC32C of that; empty where there is none
   */
  record Table(int rows, String crc32c, String signatures) implements Serializable {}

  /** What follows the name of the part in that of a table of signatures. */
  static String signatures(int number) {
    return "-%03d-signatures.safetensors".formatted(number);
  }

  /** What follows the name of the part in that of a table. */
  static String table(int number) {
    return "-%03d.safetensors".formatted(number);
  }
}
