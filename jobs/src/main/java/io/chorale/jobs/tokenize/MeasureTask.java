package io.chorale.jobs.tokenize;

import io.chorale.config.QualitySettings;
import io.chorale.corpus.CorpusCounts;
import io.chorale.corpus.CorpusEntry;
import io.chorale.corpus.CorpusPlan;
import io.chorale.corpus.Document;
import io.chorale.io.NumberTable;
import io.chorale.io.Storage;
import io.chorale.jobs.spark.PartStage;
import io.chorale.jobs.spark.SentSettings;
import io.chorale.jobs.spark.Tally;
import io.chorale.quality.Counts;
import io.chorale.quality.Meter;
import io.chorale.quality.Rules;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Reads a part of the corpus and writes the attributes of each document beside it, so that rules
 * may change without the text being read again. Holds one table in memory.
 *
 * @param stage whose files the tables are
 */
record MeasureTask(
    Storage storage, SentSettings settings, PartStage<MeasuredPart> stage, Tally tally)
    implements PartStage.Task<CorpusPlan.Part, MeasuredPart> {
  /** Rows of a table: 6 MB. */
  private static final int TABLE = 1 << 14;

  @Override
  public MeasuredPart run(int number, CorpusPlan.Part part) {
    Optional<Meter> meter = meter(settings.get().quality());
    CorpusCounts counts = new CorpusCounts();
    List<MeasuredPart.Table> tables = new ArrayList<>();
    NumberTable table = new NumberTable(Attributes.COLUMNS);
    SplitEntries entries = new SplitEntries(storage, part.splits(), settings.get().corpus(), tally);
    while (entries.hasNext()) {
      CorpusEntry entry = entries.next();
      counts.add(entry);
      if (entry instanceof Document document) {
        String text = document.field(Document.TEXT).toString();
        Counts measured = meter.map(one -> one.measure(text)).orElseGet(Counts::new);
        table.add(Attributes.of(document, measured).toRow());
        tally.add(document);
      }
      if (table.rows() >= TABLE || (!entries.hasNext() && table.rows() > 0)) {
        String name = MeasuredPart.table(tables.size());
        String crc32c = table.publish(storage, stage.file(number, name));
        tables.add(new MeasuredPart.Table(table.rows(), crc32c));
        table = new NumberTable(Attributes.COLUMNS);
      }
    }
    return new MeasuredPart(counts, tables);
  }

  private static Optional<Meter> meter(QualitySettings quality) {
    return quality.judges() ? Optional.of(Rules.of(quality).meter(quality)) : Optional.empty();
  }
}
