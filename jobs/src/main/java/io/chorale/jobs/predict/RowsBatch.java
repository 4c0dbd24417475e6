package io.chorale.jobs.predict;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.substring_index;

import io.chorale.config.ChoraleException;
import io.chorale.config.RowSettings.Format;
import io.chorale.corpus.CorpusFile;
import io.chorale.jobs.console.Amounts;
import io.chorale.jobs.spark.Session;
import io.chorale.jobs.spark.Step;
import io.chorale.jobs.spark.Tally;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.apache.spark.api.java.function.MapFunction;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.DataFrameReader;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SaveMode;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;

/**
 * Puts the rows of a table through a model: all that there are, or those that are new in a stream.
 *
 * <p>Rows are counted first, which fixes what is written in which part of the output. A part is
 * written by one task, and appears when that ends; a run that goes on after another was killed
 * computes the parts that are missing. So the bytes are the same, however often it was killed.
 */
final class RowsBatch {
  /** The least rows of a part of the output, which make up some batches. */
  private static final long LEAST_ROWS = 64;

  private final Session session;
  private final OutputDirectory output;
  private final List<CorpusFile> files;
  private final RowsTask making;
  private final Optional<StepWindows> windows;
  private final OutputColumns columns;
  private final UnaryOperator<Dataset<Row>> whole;
  private final Words words;
  private final Format format;
  private final Consumer<String> say;

  /**
   * @param files that are there, in their order
   * @param windows of steps, where records may be single ones
   * @param whole makes the columns of the output of what the tasks write
   */
  RowsBatch(
      Session session,
      OutputDirectory output,
      List<CorpusFile> files,
      RowsTask making,
      Optional<StepWindows> windows,
      OutputColumns columns,
      UnaryOperator<Dataset<Row>> whole,
      Words words,
      Format format,
      Consumer<String> say) {
    this.session = session;
    this.output = output;
    this.files = files;
    this.making = making;
    this.windows = windows;
    this.columns = columns;
    this.whole = whole;
    this.words = words;
    this.format = format;
    this.say = say;
  }

  /**
   * Puts rows through the model, or goes on where another run of the same was killed.
   *
   * @param rows with their origin, as {@link InputRows} has them
   * @param name of the batch, which begins the names of its files
   */
  RowsJob.Result run(Dataset<Row> rows, String name) {
    Optional<OutputDirectory.Batch> known = output.batch(name);
    if (known.isPresent() && known.get().finished()) {
      OutputDirectory.Batch done = known.get();
      return new RowsJob.Result(done.rows(), done.refused(), done.rows());
    }
    HashMap<FilePart, Long> begins = new HashMap<>();
    long count = count(rows, begins);
    OutputDirectory.Batch batch = known.orElseGet(() -> batch(count));
    if (batch.rows() != count) {
      throw new ChoraleException(
          "Cannot go on with %s %s: the input has %,d rows now, expected %,d as before. Give --overwrite."
              .formatted(words.noun(), output, count, batch.rows()));
    }
    output.put(name, batch);
    long before = 0;
    if (batch.rows() > 0) {
      boolean[] missing = output.missing(name, batch);
      before = batch.rows() - rows(batch, missing);
      write(rows, name, batch, begins, missing);
      output.move(name, batch);
    }
    OutputDirectory.Batch done =
        new OutputDirectory.Batch(batch.rows(), batch.rowsOfPart(), true, check(name, batch));
    output.put(name, done);
    return new RowsJob.Result(done.rows(), done.refused(), before);
  }

  /** Counts the rows, and finds where those of each part of a file begin among all. */
  private long count(Dataset<Row> rows, Map<FilePart, Long> begins) {
    Map<FilePart, Long> counts = new TreeMap<>(FilePart.inOrderOf(files));
    for (Row row : CountRows.of(rows).collectAsList()) {
      counts.put(new FilePart(row.getString(0), row.getLong(1)), row.getLong(2));
    }
    long all = 0;
    for (Map.Entry<FilePart, Long> part : counts.entrySet()) {
      begins.put(part.getKey(), all);
      all += part.getValue();
    }
    return all;
  }

  /**
   * Parts with many rows of like length for each batch, few small files, yet many for all cores.
   */
  private static OutputDirectory.Batch batch(long rows) {
    double parts = StrictMath.cbrt(rows);
    long ofPart = Math.max(LEAST_ROWS, (long) Math.ceil(parts * parts));
    return new OutputDirectory.Batch(rows, ofPart, false, Map.of());
  }

  private static long rows(OutputDirectory.Batch batch, boolean[] missing) {
    long rows = 0;
    for (int part = 0; part < missing.length; part++) {
      if (missing[part]) {
        rows += Math.min(batch.rowsOfPart(), batch.rows() - part * batch.rowsOfPart());
      }
    }
    return rows;
  }

  private void write(
      Dataset<Row> input,
      String name,
      OutputDirectory.Batch batch,
      HashMap<FilePart, Long> begins,
      boolean[] missing) {
    long rows = rows(batch, missing);
    if (rows == 0) {
      return;
    }
    int[] keys = PartKeys.of(input.sparkSession(), missing.length);
    OutputParts parts = new OutputParts(batch.rowsOfPart(), keys, missing);
    RowsTask ready =
        making.learnt(output, wanted -> sample(input, begins, parts.all(), batch.rows(), wanted));
    try (Tally tally = new Tally(session.context());
        Step step =
            new Step(
                session.context(), say, words.progress(), tally::rows, tally::documents, rows)) {
      Dataset<Row> records = placed(input, begins, parts);
      Dataset<Row> all =
          windows
              .map(
                  of -> records.unionByName(of.of(placed(input, begins, parts.all()), parts), true))
              .orElse(records);
      Dataset<Row> made = made(all, parts, ready.telling(tally));
      OutputColumns.fit(whole.apply(made), format)
          .write()
          .mode(SaveMode.Append)
          .format(source())
          .options(options(format))
          .save(output.work(name).toString());
      step.finish(tally.rows());
    }
  }

  /** Rows with what is made of them, those of each part in their order in a partition. */
  private Dataset<Row> made(Dataset<Row> records, OutputParts parts, RowsTask task) {
    return records
        .repartition(parts.count(), col(RowPlaces.KEY))
        .sortWithinPartitions(RowPlaces.PLACE, RowPlaces.SEED)
        .mapPartitions(task, Encoders.row(columns.beside(task.carried())));
  }

  /** The vectors of a {@linkplain RowSample sample} of the rows, in the order of the rows. */
  private List<float[]> sample(
      Dataset<Row> input, HashMap<FilePart, Long> begins, OutputParts all, long rows, int wanted) {
    long sampled = Math.min(rows, wanted);
    try (Tally tally = new Tally(session.context());
        Step step =
            new Step(session.context(), say, "Sampling", tally::rows, tally::documents, sampled)) {
      Dataset<Row> places = placed(CountRows.origins(input), begins, all);
      Dataset<Row> records = placed(input, begins, all).filter(RowSample.of(places, rows, wanted));
      Column vector = OutputColumns.named(columns.outputs().get(0).name());
      // As bytes: a list of floats would come as an object each.
      MapFunction<Row, byte[]> bytes = RowsBatch::bytes;
      List<byte[]> found =
          made(records, all, making.telling(tally))
              .select(vector)
              .filter(vector.isNotNull())
              .map(bytes, Encoders.BINARY())
              .collectAsList();
      step.finish(tally.rows());
      return found.stream().map(StepWindow::floats).toList();
    }
  }

  /** The numbers of a row's one column. */
  static byte[] bytes(Row row) {
    List<Float> numbers = row.getList(0);
    float[] vector = new float[numbers.size()];
    for (int i = 0; i < vector.length; i++) {
      vector[i] = numbers.get(i);
    }
    return StepWindow.bytes(vector);
  }

  private static Dataset<Row> placed(
      Dataset<Row> rows, HashMap<FilePart, Long> begins, OutputParts parts) {
    return rows.mapPartitions(
        new RowPlaces(begins, parts), Encoders.row(RowPlaces.columns(rows.schema())));
  }

  private String source() {
    return switch (format) {
      case CSV -> "csv";
      case JSONL -> "json";
      default -> "parquet";
    };
  }

  /** By which results are written in a format, and read. */
  static Map<String, String> options(Format format) {
    Map<String, String> options = new HashMap<>();
    // A task's file appears when the task ends, not when all have.
    options.put("mapreduce.fileoutputcommitter.algorithm.version", "2");
    options.put("mapreduce.fileoutputcommitter.marksuccessfuljobs", "false");
    options.put("maxRecordsPerFile", "0");
    if (format != Format.PARQUET) {
      options.put("compression", "none");
    }
    if (format == Format.JSONL) {
      options.put("ignoreNullFields", "false"); // Every row has all columns.
    }
    if (format == Format.CSV) {
      options.put("header", "true");
      options.put("escape", "\"");
      options.put("ignoreLeadingWhiteSpace", "false");
      options.put("ignoreTrailingWhiteSpace", "false");
      options.put("multiLine", "true"); // Where they are read.
    }
    return options;
  }

  /**
   * Reads the output, which must have every row of the input.
   *
   * @return how many rows nothing was made of, by reason
   */
  private Map<String, Long> check(String name, OutputDirectory.Batch batch) {
    Map<String, Long> refused = new TreeMap<>();
    if (batch.rows() == 0) {
      return refused;
    }
    StructType reason = new StructType().add(columns.reason(), DataTypes.StringType);
    // One directory, since Spark lists many paths by a job.
    DataFrameReader reader =
        session.sql().read().options(options(format)).option("pathGlobFilter", output.files(name));
    String path = output.toString();
    Dataset<Row> found =
        format == Format.CSV ? reader.csv(path) : reader.schema(reason).format(source()).load(path);
    Column kind = substring_index(OutputColumns.named(columns.reason()), " (", 1);
    List<Row> counts = found.groupBy(kind.as("reason")).count().collectAsList();
    long rows = 0;
    for (Row row : counts) {
      rows += row.getLong(1);
      if (!row.isNullAt(0)) {
        refused.put(row.getString(0), row.getLong(1));
      }
    }
    if (rows != batch.rows()) {
      throw new ChoraleException(
          "Cannot finish %s %s: they have %s rows, expected %s as the input has. Has it changed meanwhile? Give --overwrite."
              .formatted(words.noun(), output, Amounts.count(rows), Amounts.count(batch.rows())));
    }
    return refused;
  }
}
