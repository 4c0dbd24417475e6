package io.chorale.jobs.tokenize;

import io.chorale.config.DatasetSplit;
import io.chorale.corpus.CorpusCounts;
import io.chorale.corpus.CorpusEntry;
import io.chorale.corpus.CorpusPlan;
import io.chorale.corpus.Document;
import io.chorale.data.Column;
import io.chorale.data.Dataset;
import io.chorale.data.Ids;
import io.chorale.data.Shard;
import io.chorale.duplicate.Shingles;
import io.chorale.io.Storage;
import io.chorale.jobs.spark.PartStage;
import io.chorale.jobs.spark.SentSettings;
import io.chorale.jobs.spark.Tally;
import io.chorale.token.Tokenizer;
import java.io.Serializable;
import java.util.List;
import java.util.TreeMap;
import org.apache.hadoop.fs.Path;

/**
 * Reads a part and writes the n-grams of its held-out texts.
 *
 * @param settings of the corpus
 * @param given by which files beside the corpus are read
 * @param stage whose files these are
 */
record GramTask(
    Storage storage,
    SentSettings settings,
    SentSettings given,
    Screen screen,
    FileSplits splits,
    PartStage<HeldOutPart> stage,
    Tally tally)
    implements PartStage.Task<GramTask.Source, HeldOutPart> {
  /** In place of a set: each document is of that of its split. */
  static final int CORPUS = -1;

  private static final int BLOCK = 1 << 10;

  /** Something to read that may have held-out texts. */
  sealed interface Source extends Serializable {}

  /**
   * A part of the corpus, or of given files.
   *
   * @param set of its texts, or {@link #CORPUS}
   */
  record OfPart(int set, CorpusPlan.Part part) implements Source {}

  /**
   * A shard of the dataset that is added to, whose texts are decoded.
   *
   * @param set of its texts
   * @param dataset its directory
   */
  record OfShard(int set, String dataset, DatasetSplit split, int shard) implements Source {}

  @Override
  public HeldOutPart run(int number, Source source) {
    Grams grams = new Grams(number);
    if (source instanceof OfShard stored) {
      read(stored, grams);
      return grams.end();
    }
    OfPart read = (OfPart) source;
    CorpusPlan.Part part = read.part();
    if (read.set() != CORPUS) {
      SplitEntries entries = new SplitEntries(storage, part.splits(), given.get().corpus(), tally);
      while (entries.hasNext()) {
        CorpusEntry entry = entries.next();
        grams.counts.add(entry);
        if (entry instanceof Document document) {
          grams.add(read.set(), document);
        }
      }
      return grams.end();
    }
    DocumentSplits of = DocumentSplits.of(splits, settings.get());
    ScreenedEntries entries = screen.entries(part, part.splits(), tally);
    while (entries.hasNext()) {
      if (entries.next() instanceof Document document) {
        DatasetSplit split = of.of(document, entries);
        if (split != DatasetSplit.TRAIN) {
          grams.add(HeldOut.set(split), document);
        }
      }
    }
    return grams.end();
  }

  private void read(OfShard stored, Grams grams) {
    Dataset dataset = Dataset.open(storage, new Path(stored.dataset()));
    Tokenizer tokenizer = dataset.tokenizer(Column.TEXT).orElseThrow();
    Shard shard = dataset.shard(stored.split(), stored.shard());
    for (int row = 0; row < shard.rows(); row++) {
      Ids ids = (Ids) shard.row(List.of(Column.TEXT), row, Integer.MAX_VALUE).cell(Column.TEXT);
      grams.add(stored.set(), tokenizer.decode(ids.values()));
    }
  }

  /** A part under way. */
  private final class Grams {
    private final Shingles shingles = new Shingles(settings.get().contamination().words());
    private final long[] block = new long[BLOCK];
    private final CorpusCounts counts = new CorpusCounts();
    private final TreeMap<Integer, HeldOutPart.Texts> sets = new TreeMap<>();
    private final TableFiles tables;
    private long documents;

    Grams(int number) {
      tables =
          new TableFiles(
              storage, table -> stage.file(number, HeldOutPart.table(table)), HeldOutPart.COLUMNS);
    }

    void add(int set, Document document) {
      tally.add(document);
      add(set, document.field(Document.TEXT).toString());
    }

    void add(int set, String text) {
      shingles.begin(text);
      boolean any = false;
      for (int count = shingles.next(block); count > 0; count = shingles.next(block)) {
        any = true;
        for (int i = 0; i < count; i++) {
          tables.add(set, documents, block[i]);
        }
      }
      documents++;
      sets.merge(set, HeldOutPart.Texts.one(shingles.words(), any), HeldOutPart.Texts::and);
    }

    HeldOutPart end() {
      return new HeldOutPart(counts, sets, tables.end());
    }
  }
}
