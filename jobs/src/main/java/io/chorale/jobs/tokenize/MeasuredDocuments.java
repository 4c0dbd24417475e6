package io.chorale.jobs.tokenize;

import io.chorale.io.NumberTable;
import io.chorale.io.Storage;
import io.chorale.jobs.spark.PartStage;
import java.io.Serializable;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * Reads what was measured of the documents of parts, on an executor: a table at a time.
 *
 * @param stage that has measured them
 */
record MeasuredDocuments(Storage storage, PartStage<MeasuredPart> stage) implements Serializable {

  /**
   * A document.
   *
   * @param ordinal its place among the documents of its part, from 0
   * @param signature null where it has none, or none was asked for
   */
  record One(int ordinal, Attributes attributes, byte[] signature) {}

  /** The attributes of the documents of a part, in their order. */
  Iterator<Attributes> attributes(int number) {
    List<MeasuredPart.Table> tables = stage.facts(number).tables();
    return IntStream.range(0, tables.size())
        .mapToObj(place -> table(number, place, tables.get(place)))
        .flatMap(table -> table.stream(Attributes.COLUMNS))
        .map(Attributes::of)
        .iterator();
  }

  /**
   * The documents of a part, in their order.
   *
   * @param hashes of a signature
   */
  Iterator<One> documents(int number, int hashes) {
    List<MeasuredPart.Table> tables = stage.facts(number).tables();
    int[] before = new int[tables.size() + 1];
    for (int place = 0; place < tables.size(); place++) {
      before[place + 1] = before[place] + tables.get(place).rows();
    }
    return IntStream.range(0, tables.size())
        .boxed()
        .flatMap(
            place -> {
              NumberTable table = table(number, place, tables.get(place));
              Map<Integer, byte[]> signed = signatures(number, place, tables.get(place), hashes);
              Iterator<Attributes> all =
                  table.stream(Attributes.COLUMNS).map(Attributes::of).iterator();
              return IntStream.range(0, table.rows())
                  .mapToObj(row -> new One(before[place] + row, all.next(), signed.get(row)));
            })
        .iterator();
  }

  private NumberTable table(int number, int place, MeasuredPart.Table table) {
    return NumberTable.read(storage, stage.file(number, MeasuredPart.table(place)), table.crc32c());
  }

  private Map<Integer, byte[]> signatures(
      int number, int place, MeasuredPart.Table table, int hashes) {
    return table.signatures().isEmpty()
        ? Map.of()
        : SignatureTable.bytes(
            NumberTable.read(
                storage, stage.file(number, MeasuredPart.signatures(place)), table.signatures()),
            hashes);
  }
}
