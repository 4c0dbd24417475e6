package io.chorale.jobs.tokenize;

import io.chorale.corpus.Document;
import io.chorale.data.DocumentHash;
import io.chorale.quality.Count;
import io.chorale.quality.Counts;
import java.util.ArrayList;
import java.util.List;

/**
 * What was measured of a document, as a row of a table.
 *
 * @param file of the document, by its place in the order of the corpus
 * @param offset of the document in it
 * @param bytes of its text as read
 * @param hash of its text as read
 * @param counts all 0 where no rule asks for any
 */
record Attributes(int file, long offset, long bytes, DocumentHash hash, Counts counts) {
  private static final List<Count> COUNTS = List.of(Count.values());

  /** The columns of a table. */
  static final List<String> COLUMNS = columns();

  private static List<String> columns() {
    List<String> columns =
        new ArrayList<>(List.of("file", "offset", "bytes", "hash_high", "hash_low", "language"));
    for (Count count : COUNTS) {
      columns.add(count.column());
    }
    return List.copyOf(columns);
  }

  /** Those of a document as read. */
  static Attributes of(Document document, Counts counts) {
    return new Attributes(
        document.file(),
        document.offset(),
        ColumnEncoders.textBytes(document),
        ColumnEncoders.hash(document),
        counts);
  }

  /** What {@link #toRow} has made a row of. */
  static Attributes of(long[] row) {
    Counts counts = new Counts();
    counts.setLanguage(language(row[5]));
    int at = 6;
    for (Count count : COUNTS) {
      counts.set(count, row[at++]);
    }
    return new Attributes((int) row[0], row[1], row[2], new DocumentHash(row[3], row[4]), counts);
  }

  /** In the order of {@link #COLUMNS}. */
  long[] toRow() {
    long[] row = new long[COLUMNS.size()];
    int at = 0;
    row[at++] = file;
    row[at++] = offset;
    row[at++] = bytes;
    row[at++] = hash.high();
    row[at++] = hash.low();
    row[at++] = number(counts.language());
    for (Count count : COUNTS) {
      row[at++] = counts.get(count);
    }
    return row;
  }

  /** Whether they are of that document, by its place. */
  boolean isOf(Document document) {
    return file == document.file() && offset == document.offset();
  }

  /** A code of a language as a number: its characters are the bytes, the first one highest. */
  private static long number(String language) {
    return language.chars().asLongStream().reduce(0, (sum, c) -> sum << Byte.SIZE | c);
  }

  private static String language(long number) {
    StringBuilder code = new StringBuilder();
    for (long rest = number; rest != 0; rest >>>= Byte.SIZE) {
      code.append((char) (rest & 0xff));
    }
    return code.reverse().toString();
  }
}
