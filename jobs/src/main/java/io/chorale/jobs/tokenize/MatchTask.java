package io.chorale.jobs.tokenize;

import io.chorale.config.DatasetSplit;
import io.chorale.corpus.CorpusPlan;
import io.chorale.corpus.Document;
import io.chorale.duplicate.GramSet;
import io.chorale.duplicate.Shingles;
import io.chorale.io.Storage;
import io.chorale.jobs.spark.PartStage;
import io.chorale.jobs.spark.SentSettings;
import io.chorale.jobs.spark.Tally;
import org.apache.spark.broadcast.Broadcast;

/**
 * Reads a part and writes where its training documents have n-grams of held-out texts.
 *
 * @param grams of all held-out texts
 * @param stage whose files these are
 */
record MatchTask(
    Storage storage,
    SentSettings settings,
    Screen screen,
    FileSplits splits,
    Broadcast<GramSet> grams,
    PartStage<MatchedPart> stage,
    Tally tally)
    implements PartStage.Task<CorpusPlan.Part, MatchedPart> {
  private static final int BLOCK = 1 << 10;

  @Override
  public MatchedPart run(int number, CorpusPlan.Part part) {
    GramSet set = grams.value();
    Shingles shingles = new Shingles(settings.get().contamination().words());
    long[] block = new long[BLOCK];
    TableFiles documents =
        new TableFiles(
            storage,
            table -> stage.file(number, MatchedPart.documents(table)),
            MatchedPart.DOCUMENTS);
    TableFiles found =
        new TableFiles(
            storage, table -> stage.file(number, MatchedPart.grams(table)), MatchedPart.GRAMS);
    DocumentSplits of = DocumentSplits.of(splits, settings.get());
    HeldOutPart.Texts texts = HeldOutPart.Texts.NONE;
    ScreenedEntries entries = screen.entries(part, part.splits(), tally);
    while (entries.hasNext()) {
      if (!(entries.next() instanceof Document document)
          || of.of(document, entries) != DatasetSplit.TRAIN) {
        continue;
      }
      tally.add(document);
      shingles.begin(document.field(Document.TEXT).toString());
      long place = 0;
      long turn = 0;
      boolean any = false;
      for (int count = shingles.next(block); count > 0; count = shingles.next(block)) {
        for (int i = 0; i < count; i++, place++) {
          if (set.looksFor(block[i])) {
            if (set.contains(block[i])) {
              found.add(entries.ordinal(), turn, place, block[i]);
              any = true;
            }
            turn++;
          }
        }
      }
      if (any) {
        documents.add(entries.ordinal(), shingles.words());
      }
      texts = texts.and(HeldOutPart.Texts.one(shingles.words(), place > 0));
    }
    return new MatchedPart(texts, set.every(), documents.end(), found.end());
  }
}
