package io.chorale.jobs.tokenize;

import io.chorale.config.DatasetSplit;
import io.chorale.corpus.CorpusCounts;
import io.chorale.corpus.CorpusEntry;
import io.chorale.corpus.CorpusPlan;
import io.chorale.corpus.Document;
import io.chorale.corpus.Field;
import io.chorale.io.Storage;
import io.chorale.jobs.spark.PartStage;
import io.chorale.jobs.spark.SentSettings;
import io.chorale.jobs.spark.Tally;
import io.chorale.token.PreTokenizer;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * Counts what a part of the corpus holds, and of its training files the pieces of text from which a
 * tokenizer is trained. Pieces are counted in tables of bounded size.
 *
 * @param columns whose text is counted
 * @param stage whose files the tables are
 */
record PieceTask(
    Storage storage,
    SentSettings settings,
    Screen screen,
    ColumnFacts facts,
    List<String> columns,
    PartStage<CountedPart> stage,
    Tally tally)
    implements PartStage.Task<CorpusPlan.Part, CountedPart> {
  /** Entries of a table; a full one is published and begun anew. */
  private static final int TABLE = 1 << 18;

  @Override
  public CountedPart run(int number, CorpusPlan.Part part) {
    PreTokenizer cuts = PreTokenizer.of(settings.get().tokenizer());
    CorpusCounts counts = new CorpusCounts();
    Map<String, long[]> table = new HashMap<>();
    int tables = 0;
    ScreenedEntries entries = screen.entries(part, part.splits(), tally);
    while (entries.hasNext()) {
      CorpusEntry entry = entries.next();
      CorpusEntry judged = entry instanceof Document read ? facts.checked(read) : entry;
      counts.add(judged);
      if (judged instanceof Document document) {
        if (part.file(document.file()).split() == DatasetSplit.TRAIN) {
          for (String column : columns) {
            count(document.field(column), cuts, table);
          }
        }
        tally.add(document);
      }
      if (table.size() >= TABLE || (!entries.hasNext() && !table.isEmpty())) {
        PieceFile.write(storage, stage.file(number, CountedPart.table(tables)), table);
        tables++;
        table.clear();
      }
    }
    return new CountedPart(counts, tables);
  }

  /** Of words each is a piece, as it stands. */
  private static void count(Field field, PreTokenizer cuts, Map<String, long[]> counts) {
    Consumer<String> pieces = piece -> counts.computeIfAbsent(piece, key -> new long[1])[0]++;
    if (field instanceof Field.Words words) {
      words.values().forEach(pieces);
    } else if (field instanceof Field.Text text) {
      cuts.split(text.value(), pieces);
    } else if (field instanceof Field.Messages messages) {
      cuts.split(messages.toString(), pieces);
    }
  }
}
