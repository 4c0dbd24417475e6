package io.chorale.corpus;

import io.chorale.config.SettingsException;
import io.chorale.io.SealedJson;
import io.chorale.io.Storage;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.apache.hadoop.fs.Path;

/**
 * Lists what a dataset was made of, so that another run can tell what is new: the content of {@code
 * ledger.json} beside a dataset and in each of its additions.
 *
 * @param settings that decide what its rows are, by their keys
 * @param files of the corpus that were read, in its order
 * @param tables that were read, by the names of their sources
 */
public record Ledger(
    Map<String, String> settings, List<OfFile> files, Map<String, OfTable> tables) {
  /** The file's name. */
  public static final String FILE = "ledger.json";

  private static final int MAX_BYTES = Integer.MAX_VALUE - 8;
  private static final SealedJson JSON =
      new SealedJson("chorale-ledger", 1, "restore it, or tokenize again with --overwrite");

  public Ledger {
    settings = Collections.unmodifiableMap(new LinkedHashMap<>(settings));
    files = List.copyOf(files);
    tables = Collections.unmodifiableMap(new LinkedHashMap<>(tables));
  }

  /**
   * A file as it was read.
   *
   * @param path as it was listed
   * @param source that it was given for, by name
   * @param split that it was given for
   * @param length bytes as stored
   * @param modified when it was changed last, in milliseconds since 1970
   * @param damage why it was lost as a whole; empty where it was not
   */
  public record OfFile(
      String path,
      String source,
      String split,
      long length,
      long modified,
      Documents documents,
      String damage) {

    private boolean isOf(CorpusFile found) {
      return length == found.length() && modified == found.modified();
    }

    private String given() {
      return given(source, split);
    }

    private static String given(String source, String split) {
      return "%s of source %s".formatted(split, source);
    }
  }

  /**
   * A table, or what else Spark reads, as it was read.
   *
   * @param state tells apart all that it may be; empty where nobody can say
   */
  public record OfTable(String state, Documents documents) {
    /** The same with more of its documents. */
    public OfTable plus(OfTable more) {
      return new OfTable(state, documents.plus(more.documents));
    }
  }

  /**
   * Documents that were read, and what became of them.
   *
   * @param kept those that are documents of the dataset
   */
  public record Documents(long read, long kept, long rejected) {
    Documents plus(Documents more) {
      return new Documents(read + more.read, kept + more.kept, rejected + more.rejected);
    }
  }

  /**
   * The files of a corpus that a dataset has not read as they are now.
   *
   * @param files that are new or have changed, in the order of the corpus, numbered anew
   * @param changed those of them, by their numbers, that were read when they were others
   * @param gone files that were read and are not there any more
   */
  public record News(List<CorpusFile> files, Set<Integer> changed, List<String> gone) {
    public News {
      files = List.copyOf(files);
      changed = new TreeSet<>(changed);
      gone = List.copyOf(gone);
    }
  }

  /**
   * Compares what was read with the files that a corpus has now.
   *
   * @param sources the names of its sources, in their order
   * @throws SettingsException where a file that was read is given for another split or source now
   */
  public News news(List<CorpusFile> corpus, List<String> sources) {
    Map<String, OfFile> read = new HashMap<>();
    files.forEach(file -> read.put(file.path(), file));
    Set<String> there = new HashSet<>();
    List<CorpusFile> news = new ArrayList<>();
    Set<Integer> changed = new TreeSet<>();
    for (CorpusFile file : corpus) {
      String path = file.path().toString();
      there.add(path);
      OfFile before = file.copied() ? null : read.get(path);
      if (before != null) {
        checkStays(before, OfFile.given(sources.get(file.source()), file.split().key()));
      }
      if (before == null || !before.isOf(file)) {
        if (before != null || file.copied()) {
          changed.add(news.size());
        }
        news.add(file.at(news.size()));
      }
    }
    List<String> gone =
        files.stream().map(OfFile::path).filter(path -> !there.contains(path)).toList();
    return new News(news, changed, gone);
  }

  private static void checkStays(OfFile before, String given) {
    if (!before.given().equals(given)) {
      throw new SettingsException(
          "Cannot add corpus file %s: it is given for %s, expected %s, since the dataset has its documents there. Give it as before, or tokenize all of the corpus with --overwrite."
              .formatted(before.path(), given, before.given()));
    }
  }

  /** The states of the tables when they were read, by their sources. */
  public Map<String, String> states() {
    Map<String, String> states = new LinkedHashMap<>();
    tables.forEach((source, table) -> states.put(source, table.state()));
    return states;
  }

  /** Writes it into the directory of a run. */
  public void publish(Storage storage, Path directory) {
    storage.publish(new Path(directory, FILE), JSON.write(this));
  }

  /**
   * The ledger of a dataset: what each file and table was when it was read last.
   *
   * @param runs where the runs that have made it wrote theirs, in their order
   * @throws SettingsException where one of them wrote none
   */
  public static Ledger of(Storage storage, List<Path> runs) {
    Map<String, String> settings = new LinkedHashMap<>();
    Map<String, OfFile> files = new LinkedHashMap<>();
    Map<String, OfTable> tables = new LinkedHashMap<>();
    for (Path run : runs) {
      Path file = new Path(run, FILE);
      if (!storage.exists(file)) {
        throw new SettingsException(
            "Cannot add to dataset %s: there is no %s, expected the list of what it was made of. An older Chorale has written it, or it is of series: tokenize all of the corpus with --overwrite."
                .formatted(runs.get(0), file));
      }
      Ledger one = JSON.read(storage.readFully(file, MAX_BYTES), file.toString(), Ledger.class);
      settings.putAll(one.settings);
      one.files.forEach(of -> files.put(of.path(), of));
      tables.putAll(one.tables);
    }
    return new Ledger(settings, new ArrayList<>(files.values()), tables);
  }
}
