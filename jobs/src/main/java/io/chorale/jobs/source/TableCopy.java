package io.chorale.jobs.source;

import static java.util.stream.Collectors.joining;
import static org.apache.spark.sql.functions.hex;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.lpad;
import static org.apache.spark.sql.functions.shiftrightunsigned;
import static org.apache.spark.sql.functions.xxhash64;

import io.chorale.config.ChoraleException;
import io.chorale.config.CorpusSettings;
import io.chorale.config.DatasetSplit;
import io.chorale.config.SettingsException;
import io.chorale.config.SettingsFile;
import io.chorale.config.Sources;
import io.chorale.io.Checksums;
import io.chorale.io.SealedJson;
import io.chorale.io.Storage;
import io.chorale.io.WorkDirectory;
import io.chorale.jobs.console.Amounts;
import io.chorale.jobs.console.Version;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.StructType;

/**
 * Copies what Spark reads of a source to Parquet files, once, with the columns alone that the
 * settings name. All that follows reads the copy, as often as it needs to: what becomes of the
 * table meanwhile does not matter.
 *
 * <p>The rows of the copy are ordered by a hash of what they hold, so that equal rows give the same
 * order of documents, in however many files they were stored and however many tasks have read them.
 * Costs one shuffle of these columns.
 */
final class TableCopy {
  private static final SealedJson JSON =
      new SealedJson("chorale-copy", 1, "delete the directory that it lies in, then run again");

  /** Tells what is copied; written first. */
  private static final String FILE = "copy.json";

  /** Tells that all of it is; written last. */
  private static final String DONE = "copied.json";

  /** Of a row of the copy. */
  private static final String HASH = "chorale-hash";

  /**
   * The range of hashes in which a row's lies: the name of its directory, in the order of ranges.
   */
  private static final String RANGE = "chorale-range";

  private static final int RANGE_DIGITS = 3;

  /** Of the SHA-256 of a query, by which a dataset tells it. */
  private static final int QUERY_DIGITS = 16;

  private static final int HASH_BITS = 64;

  /** Ranges of a copy whose size nobody knows before it is read. */
  private static final int RANGE_BITS = 6;

  private static final int LEAST_RANGE_BITS = 4;
  private static final int MOST_RANGE_BITS = 12;

  /** Stored bytes of the source for each range. */
  private static final long RANGE_BYTES = 32L << 20;

  private static final Map<String, String> PARQUET =
      Map.of(
          "compression", "lz4_raw",
          "parquet.block.size", Integer.toString(32 << 20),
          // Texts rarely repeat, and what is tried for nothing takes time.
          "parquet.enable.dictionary", "false",
          "mapreduce.fileoutputcommitter.algorithm.version", "2");

  private final Storage storage;
  private final Sources.Source source;
  private final Path target;
  private final double share;
  private final Consumer<String> say;
  private final TableReader reader;
  private final Map<DatasetSplit, Dataset<Row>> rows = new LinkedHashMap<>();
  private final Map<DatasetSplit, Snapshot> snapshots = new LinkedHashMap<>();
  private final Map<String, FileStatus> files = new TreeMap<>();

  private TableCopy(
      SparkSession sql,
      Storage storage,
      Sources.Source source,
      Path target,
      double share,
      Consumer<String> say) {
    this.storage = storage;
    this.source = source;
    this.target = target;
    this.share = share;
    this.say = say;
    this.reader = new TableReader(sql, source.corpus());
  }

  /** What is copied, and from which state of it. */
  private record Told(String source, String made) {}

  /** What was copied. */
  private record Counted(long rows) {}

  /**
   * Opens what the settings name; nothing is written yet.
   *
   * @param target where the dataset is to lie
   * @param share of the rows that are copied; 1: all
   * @throws SettingsException where it cannot be read by these settings
   */
  static TableCopy of(
      SparkSession sql,
      Storage storage,
      Sources.Source source,
      Path target,
      double share,
      Consumer<String> say) {
    TableCopy copy = new TableCopy(sql, storage, source, target, share, say);
    copy.open();
    return copy;
  }

  /** The name of the source. */
  String name() {
    return source.name();
  }

  /** What is copied, as messages and rejections name it. */
  private String told() {
    return source.name().equals(Sources.ONLY) ? reader.told() : source.name();
  }

  private void open() {
    CorpusSettings corpus = source.corpus();
    boolean named = !corpus.table().isEmpty() || !corpus.query().isEmpty();
    if (!named && corpus.paths().isEmpty() && corpus.options().isEmpty()) {
      throw new SettingsException(
          "Cannot read the corpus: corpus.paths is empty, expected what Spark reads as %s. Set corpus.paths."
              .formatted(corpus.format()));
    }
    for (DatasetSplit split : DatasetSplit.values()) {
      if (split == DatasetSplit.TRAIN || !corpus.paths(split).isEmpty()) {
        Optional<Snapshot> pinned = reader.pinned(split);
        pinned.ifPresent(snapshot -> snapshots.put(split, snapshot));
        rows.put(split, reader.open(split, pinned));
        corpus.paths(split).forEach(this::refuseOwnOutput);
      }
    }
    files.putAll(found());
    files.keySet().forEach(this::refuseOwnOutput);
  }

  /** A dataset that is written again must not become its own corpus. */
  private void refuseOwnOutput(String path) {
    if (storage.isIn(target, new Path(path))) {
      throw new SettingsException(
          "Cannot write dataset %s: the corpus has %s inside it, expected a corpus elsewhere. Choose another data.path."
              .formatted(target, path));
    }
  }

  /** Files of what keeps no snapshots. */
  private Map<String, FileStatus> found() {
    Map<String, FileStatus> found = new TreeMap<>();
    rows.forEach(
        (split, table) -> {
          if (!snapshots.containsKey(split)) {
            found.putAll(reader.files(storage, table));
          }
        });
    return found;
  }

  /** The states that are read, as a dataset tells them; empty where there are none. */
  private String snapshot() {
    if (!source.corpus().query().isEmpty()) {
      byte[] query = source.corpus().query().getBytes(StandardCharsets.UTF_8);
      return "query " + Checksums.sha256(query).substring(0, QUERY_DIGITS);
    }
    return snapshots.values().stream().map(Snapshot::told).distinct().collect(joining(", "));
  }

  /** Tells apart all that what is read may be; empty where nobody can say. */
  private String identity() {
    if (snapshots.keySet().equals(rows.keySet())) {
      return snapshot();
    }
    String own = TableReader.fingerprint(files);
    return own.isEmpty() || !reader.tellsFiles() ? "" : snapshot() + own;
  }

  /** The identity, shortened. */
  String state() {
    String identity = identity();
    return identity.isEmpty() ? "" : Checksums.sha256(identity.getBytes(StandardCharsets.UTF_8));
  }

  /**
   * Makes the copy, or finds that of an earlier run where what is read has not changed since.
   *
   * @throws ChoraleException where it cannot be read to its end, or changes meanwhile
   */
  CopiedTable make() {
    String identity = identity();
    Told told = new Told(told(), made(identity));
    boolean lasting = !identity.isEmpty();
    WorkDirectory work = directory(told, lasting);
    boolean begun = work.begin(FILE, JSON.write(told));
    Path done = new Path(work.path(), DONE);
    if (begun && lasting && storage.exists(done)) {
      say.accept("Going on with the copy of %s in %s".formatted(told(), work.path()));
    } else {
      try {
        storage.publish(done, JSON.write(copy(work)));
      } catch (SettingsException e) {
        work.discard();
        throw e;
      }
    }
    Map<DatasetSplit, Path> places = new LinkedHashMap<>();
    for (DatasetSplit split : rows.keySet()) {
      Path place = place(work, split);
      if (hasRows(place)) {
        places.put(split, place);
      }
    }
    return new CopiedTable(source.name(), told(), snapshot(), state(), places, work, lasting);
  }

  /** All that decides the copy. */
  private String made(String identity) {
    StringBuilder made = new StringBuilder(Version.chorale()).append('\n').append(identity);
    if (share < 1) {
      made.append("\nshare=").append(share);
    }
    for (String key : SettingsFile.keys()) {
      // The identity tells more than the version that was asked for.
      if (key.startsWith("corpus.") && !key.equals("corpus.version")) {
        made.append('\n')
            .append(key)
            .append('=')
            .append(SettingsFile.value(source.settings(), key));
      }
    }
    return Checksums.sha256(made.toString().getBytes(StandardCharsets.UTF_8));
  }

  private WorkDirectory directory(Told told, boolean lasting) {
    String kept = source.settings().data().work();
    return kept.isEmpty() || !lasting
        ? WorkDirectory.beside(storage, target, told.made())
        : WorkDirectory.in(storage, Storage.path("data.work", kept), told.made());
  }

  private static Path place(WorkDirectory work, DatasetSplit split) {
    return new Path(work.path(), split.key());
  }

  /** Of a copy without rows no range has a directory. */
  private boolean hasRows(Path place) {
    return storage.list(place).stream().anyMatch(FileStatus::isDirectory);
  }

  private Counted copy(WorkDirectory work) {
    say.accept("Copying " + told());
    try {
      for (Map.Entry<DatasetSplit, Dataset<Row>> table : rows.entrySet()) {
        Path place = place(work, table.getKey());
        storage.deleteRecursively(place);
        write(table.getValue(), place);
      }
      if (!TableReader.fingerprint(found()).equals(TableReader.fingerprint(files))) {
        throw new ChoraleException(
            "Cannot read %s: its files are not those that it had when the copy began, expected them to stay. Run again."
                .formatted(told()));
      }
      return count(work);
    } catch (Exception e) {
      work.discard();
      throw SparkFailure.broken(told(), e);
    }
  }

  private void write(Dataset<Row> table, Path place) {
    Column[] columns =
        Arrays.stream(table.columns()).map(StructFields::column).toArray(Column[]::new);
    Column range = shiftrightunsigned(StructFields.column(HASH), HASH_BITS - rangeBits());
    List<Column> order = new ArrayList<>();
    order.add(StructFields.column(RANGE));
    order.add(StructFields.column(HASH));
    // Of equal hashes the rows themselves decide.
    order.addAll(List.of(columns));
    table
        .filter(share < 1 ? chosen(columns) : lit(true))
        .withColumn(HASH, xxhash64(columns))
        .withColumn(RANGE, lpad(hex(range), RANGE_DIGITS, "0"))
        .repartition(StructFields.column(RANGE))
        .sortWithinPartitions(order.toArray(Column[]::new))
        .drop(HASH)
        .write()
        .options(PARQUET)
        .partitionBy(RANGE)
        .parquet(place.toString());
  }

  /** Rows by a hash that knows nothing of the one by which they are ordered. */
  private Column chosen(Column[] columns) {
    List<Column> salted = new ArrayList<>(List.of(columns));
    salted.add(0, lit("sample"));
    Column hash = shiftrightunsigned(xxhash64(salted.toArray(Column[]::new)), 1);
    return hash.lt(lit((long) (share * Long.MAX_VALUE)));
  }

  private int rangeBits() {
    long stored =
        files.values().stream().mapToLong(FileStatus::getLen).sum()
            + snapshots.values().stream().mapToLong(Snapshot::bytes).sum();
    long bytes = (long) (share * stored);
    if (bytes == 0) {
      return RANGE_BITS;
    }
    int bits = HASH_BITS - Long.numberOfLeadingZeros(bytes / RANGE_BYTES);
    return Math.max(LEAST_RANGE_BITS, Math.min(MOST_RANGE_BITS, bits));
  }

  private Counted count(WorkDirectory work) {
    long count = 0;
    for (Map.Entry<DatasetSplit, Dataset<Row>> table : rows.entrySet()) {
      StructType schema = table.getValue().schema();
      String place = place(work, table.getKey()).toString();
      long own = reader.sql().read().schema(schema).parquet(place).count();
      // A sample need not have rows of a small held-out split.
      if (own == 0 && (share == 1 || table.getKey() == DatasetSplit.TRAIN)) {
        throw new SettingsException(
            share < 1
                ? "Cannot use the sample: it has no row of %s, expected at least one. Ask for a larger share."
                    .formatted(told())
                : "Cannot use the corpus: %s has no rows, expected at least one. Check what it names."
                    .formatted(told()));
      }
      count += own;
    }
    say.accept("Copied %s: %s rows".formatted(told(), Amounts.count(count)));
    return new Counted(count);
  }
}
