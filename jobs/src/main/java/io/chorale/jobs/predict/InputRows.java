package io.chorale.jobs.predict;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.from_json;

import io.chorale.config.CorpusSettings;
import io.chorale.config.CorpusSettings.Format;
import io.chorale.config.Settings;
import io.chorale.config.SettingsException;
import io.chorale.corpus.Corpus;
import io.chorale.corpus.CorpusFile;
import io.chorale.io.Storage;
import io.chorale.jobs.source.StructFields;
import io.chorale.jobs.spark.SentSettings;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;

/**
 * The records of files: whole tables, or a stream of files. Each has what {@link Records} reads of
 * it, and the place that it comes from. Every line is one, and stays in its place, whatever is in
 * it; which types Spark finds decides about nothing but the columns that are kept.
 */
final class InputRows {
  /** The file that a row comes from, and the byte at which its part of the file begins. */
  static final String FILE = "__chorale_file";

  static final String BLOCK = "__chorale_block";

  /** Bytes of a part of a file; set once and for all, since places of rows follow from it. */
  private static final String BLOCK_BYTES = "8388608";

  /** Where Spark's reader for text has the line. */
  private static final String TEXT = "value";

  /** What Spark makes of a line of JSON. */
  private static final String PARSED = "__chorale_parsed";

  /** The column that Spark finds where there are lines that are no JSON. */
  private static final String CORRUPT = "__chorale_corrupt";

  private static final String FEED = "\n";

  private final Words words;
  private final Storage storage;
  private final SparkSession sql;
  private final Settings settings;
  private final CorpusSettings corpus;
  private final List<CorpusFile> files;
  private final Set<String> fields;
  private final Format format;

  /**
   * Records of files that are there, or of which a stream has more to come.
   *
   * @param files at least one
   * @param fields that are read where a file has them, beside being kept
   * @throws SettingsException where they cannot be read as one table
   */
  InputRows(
      Words words,
      Storage storage,
      SparkSession sql,
      Settings settings,
      List<CorpusFile> files,
      Set<String> fields) {
    this.words = words;
    this.storage = storage;
    this.sql = session(sql);
    this.settings = settings;
    this.corpus = settings.corpus();
    this.files = files;
    this.fields = fields;
    this.format = files.get(0).format();
    files.forEach(this::check);
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
          "Cannot %s rows of %s: it is %s where %s is %s, expected files of one format. Take them one after the other, or set corpus.format."
              .formatted(words.verb(), file, key(file.format()), files.get(0), key(format)));
    }
    if (format == Format.FASTA) {
      throw refused(file, "it is FASTA", "text, JSON lines, CSV or Parquet. Convert it");
    }
    if (file.compression() == CorpusFile.Compression.ZSTD) {
      throw refused(file, "it is packed by zstd", "gzip, or none. Unpack it");
    }
  }

  private SettingsException refused(CorpusFile file, String found, String expected) {
    return new SettingsException(
        "Cannot %s rows of %s: %s, expected %s.".formatted(words.verb(), file, found, expected));
  }

  private static String key(Format format) {
    return format.name().toLowerCase(Locale.ROOT);
  }

  /**
   * The columns of the files that are there.
   *
   * @throws SettingsException where they are not those of one table
   */
  StructType columns() {
    return switch (format) {
      case PARQUET -> sql.read().parquet(paths()).schema();
      case JSONL -> jsonColumns();
      case CSV -> csvColumns();
      default -> new StructType().add(corpus.textField(), DataTypes.StringType);
    };
  }

  private StructType jsonColumns() {
    Map<String, String> options =
        Map.of("columnNameOfCorruptRecord", CORRUPT, "encoding", "UTF-8", "lineSep", FEED);
    return new StructType(
        Arrays.stream(sql.read().options(options).json(paths()).schema().fields())
            .filter(column -> !column.name().equals(CORRUPT))
            .toArray(StructField[]::new));
  }

  private StructType csvColumns() {
    CorpusFile first = null;
    List<String> names = List.of();
    for (CorpusFile file : files) {
      List<String> found = Corpus.csvColumns(storage, file, corpus);
      if (names.isEmpty()) {
        first = file;
        names = found;
      } else if (!found.isEmpty() && !found.equals(names)) {
        throw refused(
            file,
            (corpus.csvHeader() ? "its header is " : "its columns are ") + String.join(", ", found),
            "%s as that of %s. Correct it, or take the files one after the other"
                .formatted(String.join(", ", names), first));
      }
    }
    if (names.isEmpty()) {
      throw refused(files.get(0), "it has no record", "at least one. Leave it out");
    }
    StructType columns = new StructType();
    for (String name : names) {
      columns = columns.add(name, DataTypes.StringType);
    }
    return columns;
  }

  private String[] paths() {
    return files.stream().map(file -> file.path().toString()).toArray(String[]::new);
  }

  private boolean whole() {
    return format == Format.TEXT && corpus.document() == CorpusSettings.Document.FILE;
  }

  /** What becomes of the records. */
  Records records(StructType kept) {
    Set<String> read = new HashSet<>(fields);
    read.retainAll(List.of(kept.fieldNames()));
    return switch (format) {
      case PARQUET -> new Records.Columns(kept, read, inside(kept));
      case JSONL -> new Records.JsonLines();
      case CSV -> new Records.CsvFields(kept, read);
      default -> new Records.Texts(corpus.textField(), whole());
    };
  }

  /** The fields that are read inside of others. */
  private Set<String> inside(StructType kept) {
    Set<String> inside = new TreeSet<>();
    for (String field : fields) {
      boolean column = List.of(kept.fieldNames()).contains(field);
      if (!column && StructFields.type(kept, field).isPresent()) {
        inside.add(field);
      }
    }
    return inside;
  }

  private String source() {
    return switch (format) {
      case PARQUET -> "parquet";
      // Which only lists them.
      case CSV -> "binaryFile";
      default -> "text";
    };
  }

  /** Of a stream Spark asks for it in any case. */
  private StructType schema(StructType kept) {
    return switch (format) {
      case PARQUET -> kept;
      case CSV ->
          new StructType()
              .add("path", DataTypes.StringType)
              .add("modificationTime", DataTypes.TimestampType)
              .add("length", DataTypes.LongType)
              .add("content", DataTypes.BinaryType);
      default -> new StructType().add(TEXT, DataTypes.StringType);
    };
  }

  private Map<String, String> options() {
    if (format == Format.PARQUET || format == Format.CSV) {
      return Map.of();
    }
    return whole() ? Map.of("wholetext", "true") : Map.of("lineSep", FEED);
  }

  /** The records of the files. */
  Dataset<Row> table(StructType kept) {
    Dataset<Row> found =
        sql.read().schema(schema(kept)).options(options()).format(source()).load(paths());
    return placed(found, kept);
  }

  /** The records of files that are added to a directory. */
  Dataset<Row> stream(String path, StructType kept) {
    Dataset<Row> found =
        sql.readStream()
            .schema(schema(kept))
            .options(options())
            .option("recursiveFileLookup", "true")
            .format(source())
            .load(path);
    return placed(found, kept);
  }

  /** Records and their places. */
  private Dataset<Row> placed(Dataset<Row> found, StructType kept) {
    Column file = col("_metadata.file_path").as(FILE);
    if (format == Format.CSV) {
      CsvRows records =
          new CsvRows(words, storage, new SentSettings(settings), List.of(kept.fieldNames()));
      return found.select(file).flatMap(records, Encoders.row(CsvRows.COLUMNS));
    }
    List<Column> columns = new ArrayList<>();
    if (format == Format.PARQUET) {
      for (StructField field : kept.fields()) {
        boolean text =
            fields.contains(field.name()) && field.dataType().equals(DataTypes.StringType);
        Column column = OutputColumns.named(field.name());
        columns.add(text ? column.cast(DataTypes.BinaryType).as(field.name()) : column);
      }
      for (String field : inside(kept)) {
        Column column = StructFields.column(kept, field);
        boolean text = StructFields.type(kept, field).orElseThrow().equals(DataTypes.StringType);
        columns.add((text ? column.cast(DataTypes.BinaryType) : column).as(Records.INSIDE + field));
      }
    } else {
      columns.add(col(TEXT).cast(DataTypes.BinaryType).as(Records.LINE));
    }
    columns.add(file);
    columns.add(col("_metadata.file_block_start").as(BLOCK));
    return found.select(columns.toArray(Column[]::new));
  }

  /** Rows with the columns of the input in place of what {@link Records} carries on. */
  Dataset<Row> unpacked(Dataset<Row> rows, StructType kept) {
    if (format != Format.JSONL) {
      return rows;
    }
    List<Column> columns = new ArrayList<>();
    for (String name : rows.columns()) {
      columns.add(
          name.equals(Records.LINE)
              ? from_json(col(name), kept, Map.of()).as(PARSED)
              : OutputColumns.named(name));
    }
    Dataset<Row> parsed = rows.select(columns.toArray(Column[]::new));
    columns.set(0, col(PARSED + ".*"));
    return parsed.select(columns.toArray(Column[]::new));
  }
}
