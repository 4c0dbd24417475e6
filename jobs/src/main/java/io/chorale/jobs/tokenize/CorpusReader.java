package io.chorale.jobs.tokenize;

import io.chorale.config.CorpusSettings;
import io.chorale.config.CorpusSettings.Format;
import io.chorale.config.Settings;
import io.chorale.config.SettingsException;
import io.chorale.corpus.Corpus;
import io.chorale.corpus.CorpusEntry;
import io.chorale.corpus.CorpusFile;
import io.chorale.corpus.CorpusSplit;
import io.chorale.io.Storage;
import io.chorale.jobs.spark.SentSettings;
import io.chorale.jobs.spark.Session;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;

/**
 * The corpus as a distributed collection: each partition holds entries in the order of the corpus,
 * and the same ones whenever it is computed.
 */
final class CorpusReader {
  /** What opening a file costs, as bytes read in that time: few partitions for many small files. */
  private static final long OPEN_BYTES = 1L << 16;

  private static final long LEAST_SPLIT_BYTES = 1L << 20;
  private static final int TASKS_PER_CORE = 4;

  private final Session session;
  private final Storage storage;
  private final SentSettings settings;
  private final List<CorpusFile> files;

  /** Finds the files; fails where there are none. */
  CorpusReader(Session session, Storage storage, Settings settings) {
    this.session = session;
    this.storage = storage;
    this.settings = new SentSettings(settings);
    this.files = Corpus.files(storage, settings.corpus());
  }

  /** In the order of the corpus. */
  List<CorpusFile> files() {
    return files;
  }

  /** Bytes as stored. */
  long storedBytes() {
    return files.stream().mapToLong(CorpusFile::length).sum();
  }

  /** Whether partitions hold rows of Parquet files, which Spark packs in an order of its own. */
  boolean hasParquet() {
    return files.stream().anyMatch(CorpusReader::isParquet);
  }

  /** Documents and rejections. */
  JavaRDD<CorpusEntry> entries() {
    List<CorpusFile> parquet = files.stream().filter(CorpusReader::isParquet).toList();
    List<CorpusFile> streams = files.stream().filter(file -> !isParquet(file)).toList();
    if (parquet.isEmpty()) {
      return streams(streams);
    }
    JavaRDD<CorpusEntry> rows = parquet(parquet);
    return streams.isEmpty() ? rows : streams(streams).union(rows);
  }

  private static boolean isParquet(CorpusFile file) {
    return file.format() == Format.PARQUET;
  }

  private JavaRDD<CorpusEntry> streams(List<CorpusFile> streams) {
    int tasks = TASKS_PER_CORE * session.context().defaultParallelism();
    long bytes = streams.stream().mapToLong(CorpusFile::length).sum() / tasks;
    long splitBytes = Math.max(LEAST_SPLIT_BYTES, Math.min(Corpus.SPLIT_BYTES, bytes));
    List<List<CorpusSplit>> parts =
        pack(Corpus.splits(streams, settings.get().corpus(), splitBytes), splitBytes);
    Storage storage = this.storage;
    SentSettings settings = this.settings;
    return session
        .context()
        .parallelize(parts, parts.size())
        .flatMap(part -> new SplitEntries(storage, part, settings.get().corpus()));
  }

  /** Neighbours share a partition as long as they cost no more than one large split. */
  private static List<List<CorpusSplit>> pack(List<CorpusSplit> splits, long partBytes) {
    List<List<CorpusSplit>> parts = new ArrayList<>();
    long room = 0;
    for (CorpusSplit split : splits) {
      long cost = split.length() + OPEN_BYTES;
      if (parts.isEmpty() || cost > room) {
        parts.add(new ArrayList<>());
        room = partBytes + OPEN_BYTES;
      }
      parts.get(parts.size() - 1).add(split);
      room -= cost;
    }
    return parts;
  }

  private JavaRDD<CorpusEntry> parquet(List<CorpusFile> parquet) {
    Map<String, Integer> indices = new HashMap<>();
    parquet.forEach(file -> indices.put(file.path().toString(), file.index()));
    String[] paths = parquet.stream().map(file -> file.path().toString()).toArray(String[]::new);
    SentSettings settings = this.settings;
    Dataset<Row> table;
    try {
      table = session.sql().read().parquet(paths);
    } catch (Exception e) {
      throw ParquetEntries.unreadable(e);
    }
    Column text = textColumn(table.schema(), settings.get().corpus());
    return table
        .select(text, functions.col("_metadata.file_path"), functions.col("_metadata.row_index"))
        .toJavaRDD()
        .mapPartitions(rows -> new ParquetEntries(rows, indices, settings.get().corpus()));
  }

  private static Column textColumn(StructType schema, CorpusSettings settings) {
    String field = settings.textField();
    for (int i = 0; i < schema.length(); i++) {
      if (schema.apply(i).name().equals(field)) {
        if (!schema.apply(i).dataType().equals(DataTypes.StringType)) {
          throw new SettingsException(
              "Cannot read the Parquet files of the corpus: column %s is of type %s, expected string. Set corpus.text-field."
                  .formatted(field, schema.apply(i).dataType().simpleString()));
        }
        return functions.col("`" + field.replace("`", "``") + "`");
      }
    }
    throw new SettingsException(
        "Cannot read the Parquet files of the corpus: they have no column %s, expected one of %s. Set corpus.text-field."
            .formatted(field, List.of(schema.fieldNames())));
  }
}
