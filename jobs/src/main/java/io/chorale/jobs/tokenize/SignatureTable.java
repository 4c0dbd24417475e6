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
    return new NumberTable(columns(hashes));
  }

  /** An empty table with room for so many documents. */
  static NumberTable empty(int hashes, int documents) {
    return new NumberTable(columns(hashes), documents);
  }

  private static List<String> columns(int hashes) {
    return Stream.concat(
            Stream.of(ROW),
            IntStream.range(0, hashes)
                .mapToObj(hash -> String.format(Locale.ROOT, "hash_%04d", hash)))
        .toList();
  }

  /** Adds the signature of a document. */
  static void add(NumberTable table, int row, Signature signature) {
    table.add(LongStream.concat(LongStream.of(row), Arrays.stream(signature.hashes())).toArray());
  }

  /** The bytes of signatures, as {@link Signature#bytes} gives them, by the rows of documents. */
  static Map<Integer, byte[]> bytes(NumberTable table, int hashes) {
    Map<Integer, byte[]> all = new HashMap<>();
    table.stream(columns(hashes))
        .forEach(
            row -> {
              ByteBuffer bytes = ByteBuffer.allocate(Long.BYTES * hashes);
              bytes.asLongBuffer().put(row, 1, hashes);
              all.put((int) row[0], bytes.array());
            });
    return all;
  }
}
