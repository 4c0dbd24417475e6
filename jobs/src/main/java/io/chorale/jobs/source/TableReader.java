package io.chorale.jobs.source;

import io.chorale.config.CorpusSettings;
import io.chorale.config.DatasetSplit;
import io.chorale.config.SettingsException;
import io.chorale.io.Checksums;
import io.chorale.io.Storage;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.DataFrameReader;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/** Opens what Spark reads of a corpus: a table, the result of a query, or files by a format. */
final class TableReader {
  /** Nothing is left out unseen, and the machine's time zone decides nothing. */
  private static final Map<String, String> FIXED =
      Map.of(
          "spark.sql.files.ignoreCorruptFiles", "false",
          "spark.sql.files.ignoreMissingFiles", "false",
          "spark.sql.session.timeZone", "UTC",
          "spark.sql.parquet.writeLegacyFormat", "false",
          "spark.sql.parquet.outputTimestampType", "TIMESTAMP_MICROS");

  /** As {@link #FIXED}, of tables that Hive's classes read; set for a whole application. */
  private static final List<String> UNSEEN =
      List.of("spark.files.ignoreCorruptFiles", "spark.files.ignoreMissingFiles");

  private final SparkSession sql;
  private final CorpusSettings corpus;

  /**
   * @param application whose extensions, catalogs and settings hold
   * @throws SettingsException where files that cannot be read are skipped in it
   */
  TableReader(SparkSession application, CorpusSettings corpus) {
    for (String key : UNSEEN) {
      if (application.sparkContext().getConf().getBoolean(key, false)) {
        throw new SettingsException(
            "Cannot read %s: %s is true, with which rows are lost unseen, expected false. Start the application without it."
                .formatted(told(corpus), key));
      }
    }
    this.sql = application.newSession();
    this.corpus = corpus;
    if (!corpus.table().isEmpty() && sql.version().startsWith("3.")) {
      // Its reader ignores the version that it is asked for.
      throw new SettingsException(
          "Cannot read corpus.table %s: this is Spark %s, expected 4 or newer. Use corpus.query, with VERSION AS OF."
              .formatted(corpus.table(), sql.version()));
    }
    FIXED.forEach((key, value) -> sql.conf().set(key, value));
  }

  /** What is read, as messages name it. */
  String told() {
    return told(corpus);
  }

  private static String told(CorpusSettings corpus) {
    if (!corpus.table().isEmpty()) {
      return corpus.table();
    }
    return corpus.query().isEmpty() ? corpus.format() : "query";
  }

  /**
   * The state that is read for a split; nothing where the table keeps none.
   *
   * @throws SettingsException where there is no such table or state
   */
  Optional<Snapshot> pinned(DatasetSplit split) {
    try {
      Optional<SnapshotLog> log = log(split);
      if (log.isEmpty() && !corpus.version().isEmpty()) {
        throw new SettingsException(
            "Cannot read %s: corpus.version is %s where there are no snapshots, expected a Delta or Iceberg table. Remove corpus.version."
                .formatted(said(), corpus.version()));
      }
      return log.flatMap(found -> Snapshot.of(found, corpus.version(), said()));
    } catch (Exception e) {
      throw refused(e);
    }
  }

  private Optional<SnapshotLog> log(DatasetSplit split) {
    List<String> paths = corpus.paths(split);
    if (corpus.table().isEmpty() && paths.size() != 1) {
      return Optional.empty();
    }
    String path = corpus.table().isEmpty() ? paths.get(0) : "";
    return switch (provider()) {
      case "delta" ->
          Optional.of(
              DeltaLog.of(sql, path.isEmpty() ? corpus.table() : "delta.`%s`".formatted(path)));
      case "iceberg" ->
          Optional.of(
              IcebergLog.of(
                  metadata ->
                      path.isEmpty()
                          ? sql.read().table(corpus.table() + "." + metadata)
                          : sql.read().format("iceberg").load(path + "#" + metadata)));
      default -> Optional.empty();
    };
  }

  /** The format of the rows; empty of a view and of a query. */
  private String provider() {
    if (corpus.table().isEmpty()) {
      return corpus.query().isEmpty() ? corpus.format().toLowerCase(Locale.ROOT) : "";
    }
    // Only a name is taken here; a description would take more.
    sql.read().table(corpus.table());
    return sql
        .sql("DESCRIBE TABLE EXTENDED " + corpus.table())
        .filter("col_name = 'Provider'")
        .select("data_type")
        .collectAsList()
        .stream()
        .map(row -> row.getString(0).toLowerCase(Locale.ROOT))
        .findFirst()
        .orElse("");
  }

  /**
   * The columns that the settings name, of all rows for a split; nothing is read yet.
   *
   * @throws SettingsException where there is no such table, or no such column in it
   */
  Dataset<Row> open(DatasetSplit split, Optional<Snapshot> pinned) {
    Dataset<Row> rows = rows(split, pinned);
    try {
      return rows.select(new FieldPaths(said(), corpus).of(rows.schema()));
    } catch (Exception e) {
      throw SparkFailure.refused(said(), "columns that Spark can read. Correct it.", e);
    }
  }

  private Dataset<Row> rows(DatasetSplit split, Optional<Snapshot> pinned) {
    if (!corpus.query().isEmpty()) {
      return Query.open(sql, corpus.query());
    }
    DataFrameReader reader = sql.read().options(corpus.options());
    pinned.ifPresent(snapshot -> reader.option("versionAsOf", snapshot.id()));
    try {
      return corpus.table().isEmpty()
          ? reader.format(corpus.format()).load(corpus.paths(split).toArray(String[]::new))
          : reader.table(corpus.table());
    } catch (Exception e) {
      throw refused(e);
    }
  }

  private RuntimeException refused(Exception failure) {
    return SparkFailure.refused(
        said(),
        corpus.table().isEmpty()
            ? "a format that Spark knows, and files of it. Correct corpus.format or corpus.paths."
            : "a table or view in a catalog of the application. Correct corpus.table.",
        failure);
  }

  /** With the key that names it. */
  private String said() {
    if (!corpus.table().isEmpty()) {
      return "corpus.table " + corpus.table();
    }
    return corpus.query().isEmpty() ? "corpus.paths as " + corpus.format() : "corpus.query";
  }

  /** The session in which it is read. */
  SparkSession sql() {
    return sql;
  }

  /** The files that rows come from, as far as Spark tells, by their paths. */
  Map<String, FileStatus> files(Storage storage, Dataset<Row> rows) {
    Map<Path, List<Path>> byDirectory =
        Arrays.stream(rows.inputFiles())
            .map(file -> new Path(URI.create(file)))
            .collect(Collectors.groupingBy(Path::getParent));
    Map<String, FileStatus> files = new TreeMap<>();
    byDirectory.forEach(
        (directory, own) -> {
          Map<Path, FileStatus> there =
              storage.list(directory).stream()
                  .collect(Collectors.toMap(FileStatus::getPath, status -> status));
          for (Path file : own) {
            FileStatus status = there.get(file);
            files.put(file.toString(), status == null ? new FileStatus() : status);
          }
        });
    return files;
  }

  /**
   * Whether the files are all that the rows come from: no query or view can say so, nor a source
   * without files.
   */
  boolean tellsFiles() {
    return !provider().isEmpty();
  }

  /** Identifies the files as they are now; empty where Spark tells of none. */
  static String fingerprint(Map<String, FileStatus> files) {
    StringBuilder lines = new StringBuilder();
    files.forEach(
        (path, status) ->
            lines.append(
                "%s %d %d\n".formatted(path, status.getLen(), status.getModificationTime())));
    return lines.isEmpty()
        ? ""
        : Checksums.sha256(lines.toString().getBytes(StandardCharsets.UTF_8));
  }
}
