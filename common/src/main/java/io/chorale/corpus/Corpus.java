package io.chorale.corpus;

import io.chorale.config.CorpusSettings;
import io.chorale.config.DatasetSplit;
import io.chorale.config.SettingsException;
import io.chorale.config.Sources;
import io.chorale.io.RegularFiles;
import io.chorale.io.Storage;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.RawLocalFileSystem;

/** Finds the files of a corpus and cuts them into splits. */
public final class Corpus {
  /** Bytes of a split: small enough to spread over a cluster, large enough to pay for a task. */
  public static final long SPLIT_BYTES = 64L << 20;

  /** How Hadoop's exception of a bad glob begins; it has no class of its own. */
  private static final String ILLEGAL_GLOB = "Illegal file pattern";

  private static final List<String> FASTA = List.of(".fasta", ".fa", ".faa", ".fna");

  private Corpus() {}

  /**
   * The files that {@code corpus.paths} name: files, directories (with all below them) and globs.
   * They are ordered by split, then by source and path as the settings name them, then by name; a
   * file that is named twice for a split of a source counts once. Names below a directory or glob
   * that begin with {@code _} or {@code .} are skipped, and links of a local disk that lead back to
   * a directory above them.
   *
   * @throws SettingsException where a path leads to nothing, or a file is in two splits or sources
   */
  public static List<CorpusFile> files(Storage storage, Sources sources) {
    return files(storage, sources.byName(), Set.of());
  }

  /**
   * As {@link #files(Storage, Sources)}, of some sources.
   *
   * @param others the names of sources that are passed over
   */
  public static List<CorpusFile> files(Storage storage, Sources sources, Set<String> others) {
    return files(storage, sources.byName(), others);
  }

  /** As {@link #files(Storage, Sources)}, of one source. */
  public static List<CorpusFile> files(Storage storage, CorpusSettings settings) {
    return files(storage, Map.of(Sources.ONLY, settings), Set.of());
  }

  private static List<CorpusFile> files(
      Storage storage, Map<String, CorpusSettings> sources, Set<String> others) {
    List<CorpusFile> files = new ArrayList<>();
    Map<String, String> given = new HashMap<>();
    for (DatasetSplit split : DatasetSplit.values()) {
      int number = 0;
      for (Map.Entry<String, CorpusSettings> source : sources.entrySet()) {
        CorpusSettings settings = source.getValue();
        if (others.contains(source.getKey())) {
          number++;
          continue;
        }
        String key = key(source.getKey(), split);
        if (settings.paths().isEmpty()) {
          throw new SettingsException(
              "Cannot read the corpus: %s is empty, expected files, directories or globs. Set it in the settings file, or with --set corpus.paths=PATH."
                  .formatted(key));
        }
        for (Found found : find(storage, settings.paths(split), key)) {
          String path = found.path();
          String before = given.put(path, key);
          if (before != null) {
            throw new SettingsException(
                "Cannot read corpus %s: %s and %s both lead to it, expected a file in one split of one source. Take it out of one of them."
                    .formatted(path, before, key));
          }
          files.add(file(files.size(), number, found, settings, split));
        }
        number++;
      }
    }
    return List.copyOf(files);
  }

  /**
   * The files that paths lead to, as {@link #files(Storage, Sources)} finds those of a corpus, to
   * be read as the settings of the corpus say.
   *
   * @param key of the setting that has the paths, for messages
   * @throws SettingsException where a path leads to nothing
   */
  public static List<CorpusFile> files(
      Storage storage, CorpusSettings settings, List<String> paths, String key) {
    List<CorpusFile> files = new ArrayList<>();
    for (Found found : find(storage, paths, key)) {
      files.add(file(files.size(), 0, found, settings, DatasetSplit.TEST));
    }
    return List.copyOf(files);
  }

  private static String key(String source, DatasetSplit split) {
    String section = source.equals(Sources.ONLY) ? "corpus" : "corpus.sources." + source;
    return section + (split == DatasetSplit.TRAIN ? ".paths" : "." + split.key() + "-paths");
  }

  /** What is kept of a file that was listed: there may be millions. */
  private record Found(String path, long length, long modified) {
    static Found of(FileStatus status) {
      return new Found(status.getPath().toString(), status.getLen(), status.getModificationTime());
    }
  }

  /** The files that paths lead to, each once. */
  private static Collection<Found> find(Storage storage, List<String> paths, String key) {
    Map<String, Found> found = new LinkedHashMap<>();
    for (String path : paths) {
      List<Found> below = find(storage, path, key);
      if (below.isEmpty()) {
        throw new SettingsException(
            "Cannot read corpus %s: no file was found there, expected at least one. Check %s."
                .formatted(path, key));
      }
      below.sort(Comparator.comparing(Found::path));
      below.forEach(one -> found.putIfAbsent(one.path(), one));
    }
    return found.values();
  }

  /**
   * Cuts files into splits of {@link #SPLIT_BYTES}; see {@link #splits(List, CorpusSettings,
   * long)}.
   */
  public static List<CorpusSplit> splits(List<CorpusFile> files, CorpusSettings settings) {
    return splits(files, settings, SPLIT_BYTES);
  }

  /**
   * Cuts files into splits, in the order of the corpus. Only line by line, between row groups or
   * between the records of FASTA can a file be cut, and only where it is not compressed.
   *
   * @param splitBytes bytes of a split
   */
  public static List<CorpusSplit> splits(
      List<CorpusFile> files, CorpusSettings settings, long splitBytes) {
    List<CorpusSplit> splits = new ArrayList<>();
    for (CorpusFile file : files) {
      long step = canBeCut(file, settings) ? splitBytes : Math.max(1, file.length());
      for (long start = 0; start == 0 || start < file.length(); start += step) {
        splits.add(new CorpusSplit(file, start, Math.min(step, file.length() - start)));
      }
    }
    return splits;
  }

  /** Whether a file can be read from a place in its middle on. */
  static boolean canBeCut(CorpusFile file, CorpusSettings settings) {
    return file.compression() == CorpusFile.Compression.NONE
        && !byFile(file, settings)
        // A quoted field may hold line ends.
        && file.format() != CorpusSettings.Format.CSV;
  }

  /**
   * The names of the columns of a CSV file: those of its header, or positions from 1 on where it
   * has none. Reads its first records alone.
   *
   * @return none where it has no record
   * @throws SettingsException where its header does not give each column a name of its own
   */
  public static List<String> csvColumns(Storage storage, CorpusFile file, CorpusSettings settings) {
    try (CsvTable table = new CsvTable(storage, file, settings)) {
      while (table.columns().isEmpty() && table.next()) {
        // A blank line has no columns.
      }
      return table.columns();
    } catch (RefusedFileException e) {
      throw new SettingsException("Cannot read %s: %s".formatted(file, e.getMessage()), e);
    } catch (IOException e) {
      throw Storage.failure("read", file.path(), e);
    }
  }

  /** Whether a file is one document. */
  static boolean byFile(CorpusFile file, CorpusSettings settings) {
    return file.format() == CorpusSettings.Format.TEXT
        && settings.document() == CorpusSettings.Document.FILE;
  }

  private static CorpusFile file(
      int index, int source, Found found, CorpusSettings settings, DatasetSplit split) {
    String path = found.path();
    String name = path.toLowerCase(Locale.ROOT);
    CorpusFile.Compression compression = CorpusFile.Compression.NONE;
    if (name.endsWith(".gz")) {
      compression = CorpusFile.Compression.GZIP;
      name = name.substring(0, name.length() - ".gz".length());
    } else if (name.endsWith(".zst")) {
      compression = CorpusFile.Compression.ZSTD;
      name = name.substring(0, name.length() - ".zst".length());
    }
    CorpusSettings.Format format =
        settings.ownFormat().orElseThrow(() -> readBySpark(path, settings));
    if (format == CorpusSettings.Format.AUTO) {
      format = byName(name);
    }
    if (format == CorpusSettings.Format.PARQUET && compression != CorpusFile.Compression.NONE) {
      throw new SettingsException(
          "Cannot read corpus file %s: it is a packed Parquet file, expected Parquet as it is. Unpack it."
              .formatted(path));
    }
    List<String> beside = settings.keysBesideText();
    if (format == CorpusSettings.Format.FASTA && !beside.isEmpty()) {
      throw new SettingsException(
          "Cannot read corpus file %s: it is FASTA, which has no field for %s (is: %s), expected JSON lines, CSV or Parquet. Leave the file out, or remove %s."
              .formatted(path, beside.get(0), field(settings, beside.get(0)), beside.get(0)));
    }
    return new CorpusFile(
        index, source, path, found.length(), found.modified(), format, compression, split);
  }

  private static SettingsException readBySpark(String path, CorpusSettings settings) {
    return new SettingsException(
        "Cannot read %s as %s: only tokenize reads formats of Spark, expected text, JSON lines, CSV or Parquet. Set corpus.format."
            .formatted(path, settings.format()));
  }

  /** The field that a key names. */
  private static String field(CorpusSettings settings, String key) {
    return settings.fields().entrySet().stream()
        .filter(field -> field.getValue().equals(key))
        .findFirst()
        .orElseThrow()
        .getKey();
  }

  private static CorpusSettings.Format byName(String name) {
    if (name.endsWith(".jsonl") || name.endsWith(".ndjson") || name.endsWith(".json")) {
      return CorpusSettings.Format.JSONL;
    }
    if (name.endsWith(".csv") || name.endsWith(".tsv")) {
      return CorpusSettings.Format.CSV;
    }
    if (FASTA.stream().anyMatch(name::endsWith)) {
      return CorpusSettings.Format.FASTA;
    }
    return name.endsWith(".parquet") ? CorpusSettings.Format.PARQUET : CorpusSettings.Format.TEXT;
  }

  /**
   * The files that a path leads to.
   *
   * @param key of the setting that names it, for messages
   */
  private static List<Found> find(Storage storage, String name, String key) {
    Path path;
    try {
      path = new Path(name);
    } catch (IllegalArgumentException e) {
      throw new SettingsException(
          "Cannot read corpus \"%s\": it is no path, expected a file, directory or glob. Check %s."
              .formatted(name, key),
          e);
    }
    FileSystem system = storage.fileSystem(path);
    List<Found> files = new ArrayList<>();
    try {
      if (system.exists(path)) {
        walk(storage, system, system.getFileStatus(path), Set.of(), files);
        return files;
      }
      FileStatus[] matches = system.globStatus(path);
      if (matches == null) {
        throw new SettingsException(
            "Cannot read corpus %s: %s, expected a file, directory or glob. Check %s."
                .formatted(name, Storage.absence(path), key));
      }
      for (FileStatus match : matches) {
        if (!hidden(match)) {
          walk(storage, system, match, Set.of(), files);
        }
      }
      return files;
    } catch (IOException e) {
      if (String.valueOf(e.getMessage()).startsWith(ILLEGAL_GLOB)) {
        throw new SettingsException(
            "Cannot read corpus %s: it is no glob (%s), expected a file, directory or glob. Check %s."
                .formatted(name, e.getMessage(), key),
            e);
      }
      throw Storage.failure("read corpus", path, e);
    }
  }

  private static void walk(
      Storage storage, FileSystem system, FileStatus status, Set<String> above, List<Found> files)
      throws IOException {
    if (!status.isDirectory()) {
      RegularFiles.check(system, status.getPath());
      files.add(Found.of(status));
      return;
    }
    String place = place(system, status.getPath());
    if (above.contains(place)) {
      return;
    }
    Set<String> here = new HashSet<>(above);
    here.add(place);
    for (FileStatus child : storage.listWhole(status.getPath())) {
      if (!hidden(child)) {
        walk(storage, system, child, here, files);
      }
    }
  }

  /** A name that a directory has once; Hadoop follows the links of a local disk unseen. */
  private static String place(FileSystem system, Path directory) throws IOException {
    return system instanceof RawLocalFileSystem local
        ? local.pathToFile(directory).getCanonicalPath()
        : directory.toString();
  }

  private static boolean hidden(FileStatus status) {
    String name = status.getPath().getName();
    return name.startsWith("_") || name.startsWith(".");
  }
}
