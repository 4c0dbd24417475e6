package io.chorale.jobs.source;

import io.chorale.config.DatasetSplit;
import io.chorale.config.Settings;
import io.chorale.config.Sources;
import io.chorale.corpus.CorpusFile;
import io.chorale.io.Storage;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.hadoop.fs.Path;

/** A corpus whose sources are all files: of what Spark reads there are copies. */
public final class Landed {
  private final Storage storage;
  private final Settings settings;
  private final List<CopiedTable> copies;

  Landed(Storage storage, Settings settings, List<CopiedTable> copies) {
    this.storage = storage;
    this.settings = settings;
    this.copies = List.copyOf(copies);
  }

  /** A corpus of files alone. */
  public static Landed nothing(Storage storage, Settings settings) {
    return new Landed(storage, settings, List.of());
  }

  /** The settings of a corpus of these files. */
  public Settings settings() {
    Settings changed = settings;
    for (CopiedTable copy : copies) {
      changed = Sources.with(changed, copy.source(), ofFiles(copy.places()));
    }
    return changed;
  }

  private static Map<String, Object> ofFiles(Map<DatasetSplit, Path> places) {
    Map<String, Object> keys = new LinkedHashMap<>();
    for (DatasetSplit split : DatasetSplit.values()) {
      Path place = places.get(split);
      keys.put(
          split == DatasetSplit.TRAIN ? "paths" : split.key() + "-paths",
          place == null ? List.of() : List.of(place.toString()));
    }
    keys.putAll(Map.of("table", "", "query", "", "options", Map.of(), "version", ""));
    // By their names: other files of the job, such as held-out texts, are of other formats.
    keys.put("format", "auto");
    return keys;
  }

  /** The states of what was copied, by source, as a dataset tells them; empty ones are left out. */
  public Map<String, String> snapshots() {
    Map<String, String> snapshots = new LinkedHashMap<>();
    for (CopiedTable copy : copies) {
      if (!copy.snapshot().isEmpty()) {
        snapshots.put(copy.source(), copy.snapshot());
      }
    }
    return snapshots;
  }

  /** What tells apart all that each table may be, by source; empty where nobody can say. */
  public Map<String, String> states() {
    Map<String, String> states = new LinkedHashMap<>();
    copies.forEach(copy -> states.put(copy.source(), copy.state()));
    return states;
  }

  /** Files, those of a copy by names that are the same wherever it lies. */
  public List<CorpusFile> named(List<CorpusFile> files) {
    return files.stream().map(this::named).toList();
  }

  private CorpusFile named(CorpusFile file) {
    for (CopiedTable copy : copies) {
      for (Map.Entry<DatasetSplit, Path> place : copy.places().entrySet()) {
        if (storage.isIn(place.getValue(), file.path())) {
          String range = file.path().getParent().getName();
          String split = place.getKey() == DatasetSplit.TRAIN ? "" : place.getKey().key() + "/";
          return file.named(
              "%s/%s%s".formatted(copy.told(), split, range.substring(range.indexOf('=') + 1)));
        }
      }
    }
    return file;
  }

  /** Whether another run may go on from the copies, since it can tell that they are the same. */
  public boolean lasts() {
    return copies.stream().allMatch(CopiedTable::lasting);
  }

  /** Deletes the copies, after a failure that no other run could go on from. */
  public void discard() {
    copies.forEach(copy -> copy.work().discard());
  }
}
