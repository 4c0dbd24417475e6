package io.chorale.jobs.retrain;

import io.chorale.config.DatasetSplit;
import io.chorale.config.Settings;
import io.chorale.corpus.Account;
import io.chorale.corpus.Ledger;
import io.chorale.data.Column;
import io.chorale.data.Dataset;
import io.chorale.io.Storage;
import io.chorale.registry.RegisteredModel;
import io.chorale.registry.Registry;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.apache.hadoop.fs.Path;

/**
 * Proves from what is written that every file was counted once and every addition was in one cycle:
 * the records that a file gave are kept or rejected, in the run that has read it last as it was
 * then; the documents that were kept are the rows of the dataset; and cycles follow each other
 * without a gap. Costs the small files of the dataset's runs; no shard is read.
 *
 * @param files that were read
 * @param records in them
 * @param rows of the dataset
 * @param cycles of the model
 * @param faults what does not add up, a sentence each
 */
public record Verification(long files, long records, long rows, long cycles, List<String> faults) {
  public Verification {
    faults = List.copyOf(faults);
  }

  /** Verifies the dataset and the model that the settings name. */
  public static Verification of(Storage storage, Settings settings) {
    Dataset dataset = Dataset.open(storage, Storage.path("data.path", settings.data().path()));
    RegisteredModel model =
        Registry.of(storage, settings.registry()).model(settings.registry().name());
    Cycles cycles = Cycles.of(model, model.newest().state());
    List<String> faults = new ArrayList<>();
    Read read = new Read(0, 0);
    for (int run = 0; run < dataset.runs().size(); run++) {
      read = read.and(checkRun(storage, dataset, run, faults));
    }
    // A row of a series has many steps, and is history of others.
    if (dataset.schema().find(Column.HISTORY).isEmpty()) {
      checkRows(storage, dataset, faults);
    }
    checkCycles(storage, dataset, cycles, faults);
    long rows = 0;
    for (DatasetSplit split : DatasetSplit.values()) {
      rows += dataset.manifest().split(split).rows();
    }
    return new Verification(read.files(), read.records(), rows, cycles.all().size(), faults);
  }

  /** What runs have read. */
  private record Read(long files, long records) {
    Read and(Read more) {
      return new Read(files + more.files, records + more.records);
    }
  }

  /** Each record of a run's files and tables is kept or rejected, and so says its account. */
  private static Read checkRun(Storage storage, Dataset dataset, int run, List<String> faults) {
    String name = run == 0 ? "the first run" : "addition " + run;
    List<Path> own = List.of(dataset.runs().get(run));
    Ledger ledger = Ledger.of(storage, own);
    Map<String, Long> seen = new TreeMap<>();
    long read = 0;
    long kept = 0;
    for (Ledger.OfFile file : ledger.files()) {
      if (seen.merge(file.path(), 1L, Long::sum) == 2) {
        faults.add("%s lists %s twice".formatted(name, file.path()));
      }
      checkDocuments(name + ": " + file.path(), file.documents(), faults);
      read += file.documents().read();
      kept += file.documents().kept();
    }
    for (Map.Entry<String, Ledger.OfTable> table : ledger.tables().entrySet()) {
      checkDocuments(name + ": " + table.getKey(), table.getValue().documents(), faults);
      read += table.getValue().documents().read();
      kept += table.getValue().documents().kept();
    }
    Read all = new Read(ledger.files().size(), read);
    Optional<Account> account = Account.of(storage, own);
    if (account.isEmpty()) {
      faults.add(name + " has no account");
      return all;
    }
    long accounted =
        account.get().sources().values().stream().mapToLong(of -> of.read().documents()).sum();
    long accountKept =
        account.get().sources().values().stream().mapToLong(of -> of.kept().documents()).sum();
    compare(name + ": records read by its ledger, by its account", read, accounted, faults);
    compare(name + ": documents kept by its ledger, by its account", kept, accountKept, faults);
    return all;
  }

  private static void checkDocuments(String what, Ledger.Documents documents, List<String> faults) {
    compare(
        what + ": records read, kept and rejected",
        documents.read(),
        documents.kept() + documents.rejected(),
        faults);
  }

  /** The documents that were kept are the rows of the dataset. */
  private static void checkRows(Storage storage, Dataset dataset, List<String> faults) {
    Account.of(storage, dataset.runs())
        .ifPresent(
            account ->
                dataset
                    .manifest()
                    .rowsBySource()
                    .forEach(
                        (source, rows) ->
                            compare(
                                "source %s: rows of the dataset, documents kept".formatted(source),
                                rows,
                                Optional.ofNullable(account.sources().get(source))
                                    .map(of -> of.kept().documents())
                                    .orElse(0L),
                                faults)));
  }

  /** Each cycle begins where the one before has ended, on the dataset as it was then. */
  private static void checkCycles(
      Storage storage, Dataset dataset, Cycles cycles, List<String> faults) {
    int additions = -1;
    for (Cycles.Cycle cycle : cycles.all()) {
      String name = "cycle " + cycle.number();
      if (cycle.since() > additions && cycle.number() > 1) {
        faults.add(
            "%s began after %d additions, expected at most the %d of the one before"
                .formatted(name, cycle.since(), additions));
      }
      if (cycle.additions() <= additions) {
        faults.add(name + " had no more additions than the one before");
      }
      additions = cycle.additions();
      Optional<String> fingerprint = Coverage.fingerprint(storage, dataset, additions);
      if (fingerprint.isEmpty()) {
        faults.add("%s: the dataset keeps no manifest of %d additions".formatted(name, additions));
      } else if (!fingerprint.get().equals(cycle.dataset())) {
        faults.add(
            "%s: the dataset's fingerprint with %d additions is %s, expected %s"
                .formatted(name, additions, fingerprint.get(), cycle.dataset()));
      }
    }
  }

  private static void compare(String what, long one, long other, List<String> faults) {
    if (one != other) {
      faults.add("%s: %d and %d, expected the same".formatted(what, one, other));
    }
  }
}
