package io.chorale.jobs.predict;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.substring_index;

import io.chorale.config.ChoraleException;
import io.chorale.config.PredictSettings;
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
import org.apache.spark.sql.Column;
import org.apache.spark.sql.DataFrameReader;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SaveMode;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;

/**
 * Predicts the rows of a table: all that there are, or those that are new in a stream.
 *
 * <p>Rows are counted first, which fixes what is written in which part of the output. A part is
 * written by one task, and appears when that ends; a run that goes on after another was killed
 * computes the parts that are missing. So the bytes are the same, however often it was killed.
 */
final class PredictBatch {
  /** The least rows of a part of the output, which make up some batches. */
  private static final long LEAST_ROWS = 64;

  private final Session session;
  private final OutputDirectory output;
  private final List<CorpusFile> files;
  private final PredictTask predicting;
  private final Optional<StepWindows> windows;
  private final OutputColumns columns;
  private final UnaryOperator<Dataset<Row>> whole;
  private final PredictSettings settings;
  private final Consumer<String> say;

  /**
   * @param files that are there, in their order
   * @param windows of steps, where records may be single ones
   * @param whole makes the columns of the output of what the tasks write
   */
  PredictBatch(
      Session session,
      OutputDirectory output,
      List<CorpusFile> files,
      PredictTask predicting,
      Optional<StepWindows> windows,
      OutputColumns columns,
      UnaryOperator<Dataset<Row>> whole,
      PredictSettings settings,
      Consumer<String> say) {
    this.session = session;
    this.output = output;
    this.files = files;
    this.predicting = predicting;
    this.windows = windows;
    this.columns = columns;
    this.whole = whole;
    this.settings = settings;
    this.say = say;
  }

  /**
   * Predicts rows, or goes on where another run of the same was killed.
   *
   * @param rows with their origin, as {@link InputRows} has them
   * @param name of the batch, which begins the names of its files
   */
  PredictJob.Result run(Dataset<Row> rows, String name) {
    Optional<OutputDirectory.Batch> known = output.batch(name);
    if (known.isPresent() && known.get().finished()) {
      OutputDirectory.Batch done = known.get();
      return new PredictJob.Result(done.rows(), done.refused(), done.rows());
    }
    HashMap<FilePart, Long> begins = new HashMap<>();
    long count = count(rows, begins);
    OutputDirectory.Batch batch = known.orElseGet(() -> batch(count));
    if (batch.rows() != count) {
      throw new ChoraleException(
          "Cannot go on with predictions %s: the input has %,d rows now, expected %,d as before. Give --overwrite."
              .formatted(output, count, batch.rows()));
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
    return new PredictJob.Result(done.rows(), done.refused(), before);
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
    try (Tally tally = new Tally(session.context());
        Step step =
            new Step(session.context(), say, "Predicting", tally::rows, tally::documents, rows)) {
      int[] keys = PartKeys.of(input.sparkSession(), missing.length);
      OutputParts parts = new OutputParts(batch.rowsOfPart(), keys, missing);
      Dataset<Row> records = placed(input, begins, parts);
      Dataset<Row> predicted =
          windows
              .map(
                  of -> records.unionByName(of.of(placed(input, begins, parts.all()), parts), true))
              .orElse(records)
              .repartition(parts.count(), col(RowPlaces.KEY))
              .sortWithinPartitions(RowPlaces.PLACE, RowPlaces.SEED)
              .mapPartitions(
                  predicting.telling(tally), Encoders.row(columns.beside(predicting.carried())));
      OutputColumns.fit(whole.apply(predicted), settings.written())
          .write()
          .mode(SaveMode.Append)
          .format(format())
          .options(options())
          .save(output.work(name).toString());
      step.finish(tally.rows());
    }
  }

  private static Dataset<Row> placed(
      Dataset<Row> rows, HashMap<FilePart, Long> begins, OutputParts parts) {
    return rows.mapPartitions(
        new RowPlaces(begins, parts), Encoders.row(RowPlaces.columns(rows.schema())));
  }

  private String format() {
    return switch (settings.written()) {
      case CSV -> "csv";
      case JSONL -> "json";
      default -> "parquet";
    };
  }

  private Map<String, String> options() {
    Map<String, String> options = new HashMap<>();
    // A task's file appears when the task ends, not when all have.
    options.put("mapreduce.fileoutputcommitter.algorithm.version", "2");
    options.put("mapreduce.fileoutputcommitter.marksuccessfuljobs", "false");
    options.put("maxRecordsPerFile", "0");
    if (settings.written() != PredictSettings.Format.PARQUET) {
      options.put("compression", "none");
    }
    if (settings.written() == PredictSettings.Format.JSONL) {
      options.put("ignoreNullFields", "false"); // Every row has all columns.
    }
    if (settings.written() == PredictSettings.Format.CSV) {
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
   * @return how many rows have no prediction, by reason
   */
  private Map<String, Long> check(String name, OutputDirectory.Batch batch) {
    Map<String, Long> refused = new TreeMap<>();
    if (batch.rows() == 0) {
      return refused;
    }
    StructType reason = new StructType().add(columns.reason(), DataTypes.StringType);
    // One directory, since Spark lists many paths by a job.
    DataFrameReader reader =
        session.sql().read().options(options()).option("pathGlobFilter", output.files(name));
    String path = output.toString();
    Dataset<Row> found =
        settings.written() == PredictSettings.Format.CSV
            ? reader.csv(path)
            : reader.schema(reason).format(format()).load(path);
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
          "Cannot finish predictions %s: they have %s rows, expected %s as the input has. Has it changed meanwhile? Give --overwrite."
              .formatted(output, Amounts.count(rows), Amounts.count(batch.rows())));
    }
    return refused;
  }
}
