package io.chorale.jobs.tokenize;

import io.chorale.config.DatasetSplit;
import io.chorale.corpus.CorpusPlan;
import io.chorale.corpus.CorpusSplit;
import io.chorale.corpus.Document;
import io.chorale.jobs.spark.PartStage;
import io.chorale.jobs.spark.Tally;
import java.util.List;

/** Sees what the documents of a part have, of its training files alone. */
record LearnTask(Screen screen, Tally tally)
    implements PartStage.Task<CorpusPlan.Part, ColumnFacts.Seen> {
  @Override
  public ColumnFacts.Seen run(int number, CorpusPlan.Part part) {
    List<CorpusSplit> training =
        part.splits().stream().filter(split -> split.file().split() == DatasetSplit.TRAIN).toList();
    ColumnFacts.Seen seen = ColumnFacts.Seen.nothing();
    // Files come split by split, so these are the first of the part.
    ScreenedEntries entries = screen.entries(part, training, tally);
    while (entries.hasNext()) {
      if (entries.next() instanceof Document document) {
        seen.add(document);
        tally.add(document);
      }
    }
    return seen;
  }
}
