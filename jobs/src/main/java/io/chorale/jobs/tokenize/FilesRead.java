package io.chorale.jobs.tokenize;

import io.chorale.corpus.CorpusCounts;
import io.chorale.corpus.CorpusFile;
import io.chorale.corpus.Ledger;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Says what a run has read of each file and table, and what became of it.
 *
 * @param read documents, by the place of their file in the order of the corpus
 * @param rejected those of them that are no documents of the dataset
 */
record FilesRead(TokenizeRun run, CorpusCounts counts, long[] read, long[] rejected) {

  /** The run's ledger. */
  Ledger ledger(CorpusTokenizers wanted) {
    List<String> sources = run.sources().names();
    Map<String, String> states = run.landed().states();
    List<Ledger.OfFile> files = new ArrayList<>();
    Map<String, Ledger.OfTable> tables = new LinkedHashMap<>();
    for (CorpusFile file : run.plan().files()) {
      String source = sources.get(file.source());
      if (file.copied()) {
        tables.merge(
            source, new Ledger.OfTable(states.get(source), documents(file)), Ledger.OfTable::plus);
      } else {
        files.add(
            new Ledger.OfFile(
                file.path().toString(),
                source,
                file.split().key(),
                file.length(),
                file.modified(),
                documents(file),
                counts.damage(file.index())));
      }
    }
    return new Ledger(LedgerSettings.of(run.sources(), wanted), files, tables);
  }

  /** Of a file that is damaged nothing is kept. */
  private Ledger.Documents documents(CorpusFile file) {
    long all = read[file.index()];
    boolean damaged = counts.damagedFiles().contains(file.index());
    long kept = damaged ? 0 : all - rejected[file.index()];
    return new Ledger.Documents(all, kept, all - kept);
  }
}
