package io.chorale.jobs.tokenize;

import io.chorale.config.CorpusSettings;
import io.chorale.config.DuplicatesSettings;
import io.chorale.config.QualitySettings;
import io.chorale.config.Settings;
import io.chorale.corpus.CorpusCounts;
import io.chorale.corpus.CorpusEntry;
import io.chorale.corpus.CorpusPlan;
import io.chorale.corpus.Document;
import io.chorale.duplicate.MinHash;
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
  /** Rows of a table: 6 MB, and 15 MB of signatures of the usual length. */
  private static final int TABLE = 1 << 14;

  @Override
  public MeasuredPart run(int number, CorpusPlan.Part part) {
    Measuring measuring = new Measuring(number, settings.get());
    CorpusSettings corpus = settings.sources().get(part.source()).corpus();
    SplitEntries entries = new SplitEntries(storage, part.splits(), corpus, tally);
    while (entries.hasNext()) {
      CorpusEntry entry = entries.next();
      measuring.counts.add(entry);
      if (entry instanceof Document document) {
        measuring.add(document);
        tally.add(document);
      }
    }
    return measuring.end();
  }

  /** A part under way. */
  private final class Measuring {
    private final int number;
    private final Optional<Meter> meter;
    private final Optional<MinHash> hash;
    private final int hashes;
    private final CorpusCounts counts = new CorpusCounts();
    private final List<MeasuredPart.Table> tables = new ArrayList<>();
    private NumberTable table = new NumberTable(Attributes.COLUMNS);
    private NumberTable signatures;

    Measuring(int number, Settings all) {
      QualitySettings quality = all.quality();
      DuplicatesSettings duplicates = all.duplicates();
      this.number = number;
      this.meter =
          quality.judges() ? Optional.of(Rules.of(quality).meter(quality)) : Optional.empty();
      this.hashes = duplicates.bands() * duplicates.rows();
      this.hash =
          duplicates.near()
              ? Optional.of(new MinHash(duplicates.words(), hashes))
              : Optional.empty();
      this.signatures = SignatureTable.empty(hashes);
    }

    void add(Document document) {
      String text = document.field(Document.TEXT).toString();
      int row = table.rows();
      hash.flatMap(one -> one.sign(text))
          .ifPresent(signature -> SignatureTable.add(signatures, row, signature));
      table.add(
          Attributes.of(document, meter.map(one -> one.measure(text)).orElseGet(Counts::new))
              .toRow());
      if (table.rows() >= TABLE) {
        endTable();
      }
    }

    MeasuredPart end() {
      if (table.rows() > 0) {
        endTable();
      }
      return new MeasuredPart(counts, tables);
    }

    private void endTable() {
      int place = tables.size();
      String signed =
          signatures.rows() == 0
              ? ""
              : signatures.publish(storage, stage.file(number, MeasuredPart.signatures(place)));
      String crc32c = table.publish(storage, stage.file(number, MeasuredPart.table(place)));
      tables.add(new MeasuredPart.Table(table.rows(), crc32c, signed));
      table = new NumberTable(Attributes.COLUMNS);
      signatures = SignatureTable.empty(hashes);
    }
  }
}
