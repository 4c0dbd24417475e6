package io.chorale.corpus;

import io.chorale.config.ChoraleException;
import io.chorale.io.SealedJson;
import io.chorale.io.Storage;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.hadoop.fs.Path;

/**
 * Accounts for all that a corpus holds, by source: every record that was read became a document of
 * the dataset, or has a reason why not. The content of {@code account.json} beside a dataset.
 *
 * @param additions one for each run that has added to the dataset, in their order
 */
public record Account(List<Addition> additions) {
  /** The file's name in the dataset. */
  public static final String FILE = "account.json";

  private static final int MAX_BYTES = 1 << 26;
  private static final SealedJson JSON =
      new SealedJson("chorale-account", 1, "delete it: only the page of the dataset needs it");

  public Account {
    additions = List.copyOf(additions);
  }

  /**
   * The records that one run has read, by source.
   *
   * @param sources by name, in the order of the settings
   */
  public record Addition(Map<String, OfSource> sources) {
    public Addition {
      sources = Collections.unmodifiableMap(new LinkedHashMap<>(sources));
    }

    /** All of its sources together; empty where it has none. */
    public Optional<OfSource> all() {
      return sources.values().stream().reduce(OfSource::plus);
    }
  }

  /**
   * Some records.
   *
   * @param bytes of their texts in UTF-8 and of their numbers, or as found where they are no
   *     documents
   */
  public record Amount(long documents, long bytes) implements Serializable {
    Amount plus(Amount other) {
      return new Amount(documents + other.documents, bytes + other.bytes);
    }
  }

  /** Files that are lost, with their bytes as stored. */
  public record Damaged(long files, long bytes) {
    Damaged plus(Damaged other) {
      return new Damaged(files + other.files, bytes + other.bytes);
    }
  }

  /**
   * The balance of a source: records read beside those kept and those rejected by reason.
   *
   * @param read counted where records come from
   * @param kept documents of the dataset, as they are there: lines may have been cut out of them
   * @param reasons what else was read, by the reason why it is no document of the dataset
   */
  public record OfSource(Amount read, Amount kept, Map<String, Amount> reasons, Damaged damaged) {
    public OfSource {
      reasons = Collections.unmodifiableMap(new LinkedHashMap<>(reasons));
    }

    /**
     * The balance of a source from its counts.
     *
     * @param files of the corpus, in its order
     */
    public static OfSource of(Amount read, CorpusCounts counts, List<CorpusFile> files) {
      Map<String, Amount> reasons = new LinkedHashMap<>();
      for (Rejection.Reason reason : Rejection.Reason.values()) {
        if (!reason.ofFile() && counts.rejected(reason) > 0) {
          reasons.put(
              reason.key(), new Amount(counts.rejected(reason), counts.rejectedBytes(reason)));
        }
      }
      long lost = counts.damagedFiles().stream().mapToLong(file -> files.get(file).length()).sum();
      return new OfSource(
          read,
          new Amount(counts.documents(), counts.bytes()),
          reasons,
          new Damaged(counts.damagedFiles().size(), lost));
    }

    /** Both together. */
    OfSource plus(OfSource other) {
      Map<String, Amount> all = new LinkedHashMap<>(reasons);
      other.reasons.forEach((reason, amount) -> all.merge(reason, amount, Amount::plus));
      return new OfSource(
          read.plus(other.read), kept.plus(other.kept), all, damaged.plus(other.damaged));
    }

    private long accounted() {
      return kept.documents() + reasons.values().stream().mapToLong(Amount::documents).sum();
    }

    /** For people: {@code 7 of 9 documents; 1 too-long, 1 empty; 1 damaged file}. */
    @Override
    public String toString() {
      List<String> others = new ArrayList<>();
      reasons.forEach((reason, amount) -> others.add(amount.documents() + " " + reason));
      return "%d of %d documents%s%s"
          .formatted(
              kept.documents(),
              read.documents(),
              others.isEmpty() ? "" : "; " + String.join(", ", others),
              damaged.files() == 0 ? "" : "; damaged files: " + damaged.files());
    }
  }

  /**
   * The account of a corpus of one source, in one run.
   *
   * @param files of the corpus, in its order
   */
  public static Account of(
      String source, Amount read, CorpusCounts counts, List<CorpusFile> files) {
    return new Account(List.of(new Addition(Map.of(source, OfSource.of(read, counts, files)))));
  }

  /** All additions together, by source in the order in which they first came. */
  public Map<String, OfSource> sources() {
    Map<String, OfSource> all = new LinkedHashMap<>();
    for (Addition addition : additions) {
      addition.sources().forEach((name, of) -> all.merge(name, of, OfSource::plus));
    }
    return all;
  }

  /**
   * Fails where something that was read is neither kept nor rejected, or is both.
   *
   * @throws ChoraleException where the account does not balance
   */
  public void check() {
    sources()
        .forEach(
            (name, of) -> {
              if (of.read().documents() != of.accounted()) {
                throw unbalanced(
                    name,
                    of.accounted() + " records are accounted for (" + of + ")",
                    "the " + of.read().documents() + " that were read");
              }
            });
  }

  /**
   * Fails where a dataset has more or fewer rows than documents were kept.
   *
   * @param rows of the dataset, by source
   * @throws ChoraleException where they differ
   */
  public void checkRows(Map<String, Long> rows) {
    sources()
        .forEach(
            (name, of) -> {
              long found = rows.getOrDefault(name, 0L);
              if (found != of.kept().documents()) {
                throw unbalanced(
                    name,
                    "the dataset has " + found + " rows of it",
                    "the " + of.kept().documents() + " documents that were kept");
              }
            });
  }

  private static ChoraleException unbalanced(String source, String found, String expected) {
    return new ChoraleException(
        "Cannot account for source %s: %s, expected %s. Run again; should it happen twice, please report it."
            .formatted(source, found, expected));
  }

  /** Writes it into the directory of a run. */
  public void publish(Storage storage, Path directory) {
    storage.publish(new Path(directory, FILE), JSON.write(this));
  }

  /**
   * The account of a dataset; datasets of earlier versions have none.
   *
   * @param runs where the runs that have made it wrote theirs, in their order
   */
  public static Optional<Account> of(Storage storage, List<Path> runs) {
    List<Addition> all = new ArrayList<>();
    for (Path run : runs) {
      Path file = new Path(run, FILE);
      if (storage.exists(file)) {
        byte[] bytes = storage.readFully(file, MAX_BYTES);
        all.addAll(JSON.read(bytes, file.toString(), Account.class).additions());
      }
    }
    return all.isEmpty() ? Optional.empty() : Optional.of(new Account(all));
  }
}
