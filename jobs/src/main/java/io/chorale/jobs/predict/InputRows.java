package io.chorale.jobs.predict;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.get;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.size;
import static org.apache.spark.sql.functions.split;
import static org.apache.spark.sql.functions.when;

import io.chorale.config.CorpusSettings;
import io.chorale.config.CorpusSettings.Format;
import io.chorale.config.Settings;
import io.chorale.config.SettingsException;
import io.chorale.corpus.Corpus;
import io.chorale.corpus.CorpusFile;
import io.chorale.io.Storage;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;

/**
 * The rows of files, as Spark reads them: whole tables, or a stream of files. Each has the columns
 * of the input, what Spark could make no row of, and the place that it comes from.
 */
final class InputRows {
  /** What a line is that is no record; null where it is one. */
  static final String CORRUPT = "__chorale_corrupt";

  /** The file that a row comes from, and the byte at which its part of the file begins. */
  static final String FILE = "__chorale_file";

  static final String BLOCK = "__chorale_block";

  /** Bytes of a part of a file; set once and for all, since places of rows follow from it. */
  private static final String BLOCK_BYTES = "8388608";

  /** Where Spark's reader for text has the line. */
  private static final String LINE = "value";

  private final Storage storage;
  private final SparkSession sql;
  private final CorpusSettings settings;
  private final List<CorpusFile> files;
  private final Format format;
  private final StructType kept;

  /**
   * Rows of files that are there, or of which a stream has more to come.
   *
   * @param files at least one
   * @throws SettingsException where they cannot be read as one table
   */
  InputRows(Storage storage, SparkSession sql, Settings settings, List<CorpusFile> files) {
    this.storage = storage;
    this.sql = session(sql);
    this.settings = settings.corpus();
    this.files = files;
    this.format = files.get(0).format();
    files.forEach(this::check);
    this.kept = columns();
  }

  /** A session in which the same files always give the same partitions. */
  private static SparkSession session(SparkSession sql) {
    SparkSession session = sql.newSession();
    Map.of(
            "spark.sql.files.maxPartitionBytes", BLOCK_BYTES,
            "spark.sql.files.openCostInBytes", BLOCK_BYTES,
            "spark.sql.adaptive.enabled", "false",
            "spark.sql.caseSensitive", "true",
            "spark.sql.session.timeZone", "UTC")
        .forEach((key, value) -> session.conf().set(key, value));
    return session;
  }

  private void check(CorpusFile file) {
    if (file.format() != format) {
      throw new SettingsException(
          "Cannot predict rows of %s: it is %s where %s is %s, expected files of one format. Predict them one after the other, or set corpus.format."
              .formatted(file, key(file.format()), files.get(0), key(format)));
    }
    if (format == Format.FASTA) {
      throw refused(file, "it is FASTA", "text, JSON lines, CSV or Parquet. Convert it");
    }
    if (file.compression() == CorpusFile.Compression.ZSTD) {
      throw refused(file, "it is packed by zstd", "gzip, or none. Unpack it");
    }
  }

  private static SettingsException refused(CorpusFile file, String found, String expected) {
    return new SettingsException(
        "Cannot predict rows of %s: %s, expected %s.".formatted(file, found, expected));
  }

  private static String key(Format format) {
    return format.name().toLowerCase(Locale.ROOT);
  }

  SparkSession sql() {
    return sql;
  }

  /** The columns of the input. */
  StructType kept() {
    return kept;
  }

  private StructType columns() {
    return switch (format) {
      case PARQUET -> sql.read().parquet(paths()).schema();
      case JSONL -> withoutCorrupt(sql.read().options(options()).json(paths()).schema());
      case CSV -> csvColumns();
      default -> new StructType().add(settings.textField(), DataTypes.StringType);
    };
  }

  private static StructType withoutCorrupt(StructType columns) {
    return new StructType(
        Arrays.stream(columns.fields())
            .filter(column -> !column.name().equals(CORRUPT))
            .toArray(StructField[]::new));
  }

  private StructType csvColumns() {
    StructType columns = new StructType();
    for (String name : csvNames()) {
      columns = columns.add(name, DataTypes.StringType);
    }
    return columns;
  }

  private List<String> csvNames() {
    int fixed = settings.csvColumns();
    if (fixed > 0) {
      if (settings.csvHeader() || !settings.csvQuote().isEmpty()) {
        throw refused(
            files.get(0),
            "corpus.csv-columns is set beside a header or quotes",
            "neither, or all fields with delimiters in quotes. Correct corpus.csv-header and"
                + " corpus.csv-quote, or set corpus.csv-columns to 0");
      }
      return IntStream.rangeClosed(1, fixed).mapToObj(Integer::toString).toList();
    }
    CorpusFile first = null;
    List<String> names = List.of();
    for (CorpusFile file : settings.csvHeader() ? files : files.subList(0, 1)) {
      List<String> found = Corpus.csvColumns(storage, file, settings);
      if (names.isEmpty()) {
        first = file;
        names = found;
      } else if (!found.isEmpty() && !found.equals(names)) {
        throw refused(
            file,
            "its header is " + String.join(", ", found),
            "%s as that of %s. Correct it, or predict the files one after the other"
                .formatted(String.join(", ", names), first));
      }
    }
    if (names.isEmpty()) {
      throw refused(files.get(0), "it has no record", "at least one. Leave it out");
    }
    return names;
  }

  private String[] paths() {
    return files.stream().map(file -> file.path().toString()).toArray(String[]::new);
  }

  private boolean lines() {
    return format == Format.TEXT || format == Format.CSV && settings.csvColumns() > 0;
  }

  private String source() {
    return switch (format) {
      case PARQUET -> "parquet";
      case JSONL -> "json";
      default -> lines() ? "text" : "csv";
    };
  }

  private Map<String, String> options() {
    Map<String, String> options = new HashMap<>();
    options.put("mode", "PERMISSIVE");
    options.put("columnNameOfCorruptRecord", CORRUPT);
    options.put("encoding", "UTF-8");
    if (format == Format.TEXT) {
      boolean whole = settings.document() == CorpusSettings.Document.FILE;
      options.put("wholetext", Boolean.toString(whole));
    }
    if (format == Format.CSV && !lines()) {
      boolean tabs = files.stream().anyMatch(CorpusFile::tabSeparated);
      options.put("sep", tabs ? "\t" : Character.toString((char) settings.csvDelimiterByte()));
      options.put("header", Boolean.toString(settings.csvHeader()));
      // As empty they switch quotes off.
      options.put("quote", settings.csvQuote());
      options.put("escape", settings.csvQuote().isEmpty() ? "\0" : settings.csvQuote());
      // A quoted field may hold line ends.
      options.put("multiLine", Boolean.toString(!settings.csvQuote().isEmpty()));
      options.put("maxCharsPerColumn", "-1");
    }
    return options;
  }

  /** What Spark's reader is to make. */
  private StructType read() {
    if (lines()) {
      return new StructType().add(LINE, DataTypes.StringType);
    }
    return format == Format.PARQUET ? kept : kept.add(CORRUPT, DataTypes.StringType);
  }

  /** The rows of the files. */
  Dataset<Row> table() {
    return placed(sql.read().schema(read()).options(options()).format(source()).load(paths()));
  }

  /** The rows of files that are added to a directory. */
  Dataset<Row> stream(String path) {
    return placed(
        sql.readStream()
            .schema(read())
            .options(options())
            .option("recursiveFileLookup", "true")
            // Files come that nobody has seen: Spark is to look whether their headers are as
            // expected.
            .option("enforceSchema", "false")
            .format(source())
            .load(path));
  }

  /** The columns of the input, what is no record, and the place of each row. */
  private Dataset<Row> placed(Dataset<Row> rows) {
    List<Column> columns = new ArrayList<>();
    Column corrupt = lit(null).cast(DataTypes.StringType);
    if (format == Format.TEXT) {
      columns.add(col(LINE).as(settings.textField()));
    } else if (lines()) {
      int fields = settings.csvColumns();
      String delimiter = Character.toString((char) settings.csvDelimiterByte());
      Column parts = split(col(LINE), Pattern.quote(delimiter), fields);
      for (int i = 0; i < fields; i++) {
        columns.add(get(parts, lit(i)).as(kept.fieldNames()[i]));
      }
      corrupt = when(size(parts).lt(fields), col(LINE));
    } else {
      columns.add(col("*"));
    }
    if (!Arrays.asList(rows.columns()).contains(CORRUPT)) {
      columns.add(corrupt.as(CORRUPT));
    }
    columns.add(col("_metadata.file_path").as(FILE));
    columns.add(col("_metadata.file_block_start").as(BLOCK));
    return rows.select(columns.toArray(Column[]::new));
  }

  /** The reason of a row that is none. */
  String corruptReason() {
    return format == Format.CSV ? "bad-csv" : "bad-json";
  }
}
