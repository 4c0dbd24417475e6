package io.chorale.jobs.tokenize;

import io.chorale.config.Settings;
import io.chorale.corpus.CorpusSplit;
import io.chorale.io.NumberTable;
import io.chorale.io.Storage;
import io.chorale.jobs.spark.PartStage;
import io.chorale.jobs.spark.SentSettings;
import io.chorale.jobs.spark.Tally;
import java.io.Serializable;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * Reads parts of the corpus without the documents that the settings reject, on an executor.
 *
 * @param measured the attributes of all documents, where the settings judge by them
 */
record Screen(Storage storage, SentSettings settings, PartStage<MeasuredPart> measured)
    implements Serializable {

  /**
   * What a part holds, judged.
   *
   * @param number of the part
   * @param splits of it, from its first one on
   */
  ScreenedEntries entries(int number, List<CorpusSplit> splits, Tally tally) {
    Settings all = settings.get();
    SplitEntries entries = new SplitEntries(storage, splits, all.corpus(), tally);
    return new ScreenedEntries(
        entries, all, all.quality().judges() ? Optional.of(attributes(number)) : Optional.empty());
  }

  /** Of each document of a part, in their order; a table is held at a time. */
  private Iterator<Attributes> attributes(int number) {
    List<MeasuredPart.Table> tables = measured.facts(number).tables();
    return IntStream.range(0, tables.size())
        .mapToObj(
            table ->
                NumberTable.read(
                    storage,
                    measured.file(number, MeasuredPart.table(table)),
                    tables.get(table).crc32c()))
        .flatMap(
            table -> IntStream.range(0, table.rows()).mapToObj(row -> Attributes.of(table, row)))
        .iterator();
  }
}
