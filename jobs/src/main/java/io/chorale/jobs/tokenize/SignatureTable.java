package io.chorale.jobs.tokenize;

import io.chorale.duplicate.Signature;
import io.chorale.io.NumberTable;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import java.util.stream.Stream;

/** The signatures of the documents of a table of {@link Attributes}, as a table of their own. */
final class SignatureTable {
  private static final String ROW = "row";

  private SignatureTable() {}

  /** An empty table: a column for the document's row among the attributes, one for each hash. */
  static NumberTable empty(int hashes) {
    List<String> columns =
        Stream.concat(Stream.of(ROW), IntStream.range(0, hashes).mapToObj(SignatureTable::column))
            .toList();
    return new NumberTable(columns);
  }

  private static String column(int hash) {
    return String.format(Locale.ROOT, "hash_%04d", hash);
  }

  /** Adds the signature of a document. */
  static void add(NumberTable table, int row, Signature signature) {
    table.add(LongStream.concat(LongStream.of(row), Arrays.stream(signature.hashes())).toArray());
  }

  /** The bytes of signatures, as {@link Signature#bytes} gives them, by the rows of documents. */
  static Map<Integer, byte[]> bytes(NumberTable table, int hashes) {
    Map<Integer, byte[]> all = new HashMap<>();
    for (int row = 0; row < table.rows(); row++) {
      ByteBuffer bytes = ByteBuffer.allocate(Long.BYTES * hashes);
      for (int hash = 0; hash < hashes; hash++) {
        bytes.putLong(table.get(column(hash), row));
      }
      all.put((int) table.get(ROW, row), bytes.array());
    }
    return all;
  }
}
