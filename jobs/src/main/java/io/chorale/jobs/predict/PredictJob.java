package io.chorale.jobs.predict;

import io.chorale.checkpoint.CheckpointFile;
import io.chorale.checkpoint.RunDirectory;
import io.chorale.checkpoint.TrainedModel;
import io.chorale.config.AverageSettings;
import io.chorale.config.ChoraleException;
import io.chorale.config.PredictSettings;
import io.chorale.config.Settings;
import io.chorale.config.SettingsException;
import io.chorale.config.SettingsFile;
import io.chorale.corpus.Corpus;
import io.chorale.corpus.CorpusFile;
import io.chorale.data.Column;
import io.chorale.data.Schema;
import io.chorale.data.SchemaFile;
import io.chorale.io.Checksums;
import io.chorale.io.Storage;
import io.chorale.jobs.spark.Session;
import io.chorale.jobs.spark.SharedTokenizers;
import io.chorale.jobs.spark.SharedVector;
import io.chorale.jobs.tokenize.RowEncoder;
import io.chorale.task.Task;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.apache.hadoop.fs.Path;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.api.java.function.VoidFunction2;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.streaming.StreamingQuery;
import org.apache.spark.sql.streaming.StreamingQueryException;
import org.apache.spark.sql.streaming.Trigger;
import org.apache.spark.sql.types.StructType;

/**
 * Predicts the rows of files, and writes them with their predictions: once, or those of files that
 * are new in a directory.
 */
public final class PredictJob {
  /** Sections of the settings that decide nothing about predictions. */
  private static final Set<String> UNREAD =
      Set.of("run", "data", "tokenizer", "average", "evaluate");

  private final Session session;
  private final Storage storage;
  private final Settings settings;
  private final PredictSettings predict;
  private final TrainedModel model;
  private final Task task;
  private final boolean overwrite;
  private final Consumer<String> say;
  private final List<CorpusFile> files;

  /**
   * What was done.
   *
   * @param rows of the input, all of which are in the output
   * @param refused how many of them have no prediction, by reason
   * @param before how many had been predicted by earlier runs
   */
  public record Result(long rows, Map<String, Long> refused, long before) {
    /** Rows without a prediction. */
    public long refusedRows() {
      return refused.values().stream().mapToLong(Long::longValue).sum();
    }

    private Result plus(Result other) {
      Map<String, Long> all = new TreeMap<>(refused);
      other.refused.forEach((reason, count) -> all.merge(reason, count, Long::sum));
      return new Result(rows + other.rows, all, before + other.before);
    }
  }

  /**
   * A job.
   *
   * @param overwrite whether predictions that are there already are deleted
   * @param say prints a line of progress
   * @throws SettingsException where there are no files, or the settings do not fit the model
   */
  public PredictJob(
      Session session,
      Storage storage,
      TrainedModel model,
      boolean overwrite,
      Consumer<String> say) {
    this.session = session;
    this.storage = storage;
    this.settings = model.settings();
    this.predict = settings.predict();
    this.model = model;
    this.task = model.task();
    this.overwrite = overwrite;
    this.say = say;
    this.files = files();
  }

  private List<CorpusFile> files() {
    if (predict.paths().isEmpty()) {
      throw new SettingsException(
          "Cannot predict rows: predict.paths is empty, expected files, directories or globs. Set it.");
    }
    if (predict.stream() && predict.paths().size() > 1) {
      throw new SettingsException(
          "Cannot predict a stream: predict.paths names %d paths, expected one directory or glob. Leave the others out."
              .formatted(predict.paths().size()));
    }
    List<CorpusFile> found =
        Corpus.files(storage, settings.corpus(), predict.paths(), "predict.paths");
    Path output = output();
    for (CorpusFile file : found) {
      if (storage.isIn(output, file.path())) {
        throw new SettingsException(
            "Cannot write predictions %s: predict.paths leads to %s inside it, expected files elsewhere. Choose another predict.output."
                .formatted(output, file));
      }
    }
    return found;
  }

  private Path output() {
    return Storage.path("predict.output", predict.output());
  }

  /** Predicts all rows that have not been yet. */
  public Result run() {
    checkRecords();
    Set<String> fields = RowEncoder.fields(settings, task);
    Map<String, String> named = tokenizers();
    Set<String> read = new HashSet<>(fields);
    read.addAll(RowEncoder.fieldsOfSteps(settings, task));
    InputRows input = new InputRows(storage, session.sql(), settings, files, read);
    OutputColumns columns = new OutputColumns(task.outputs(), predict.prefix());
    StructType found = input.columns();
    StructType written = columns.beside(found);
    Optional<MidiColumn> midi =
        predict.midi() ? Optional.of(new MidiColumn(columns, written, prompt())) : Optional.empty();
    check(fields, found);
    OutputDirectory output = new OutputDirectory(storage, output(), predict.written());
    StructType kept = output.open(made(), found, overwrite);
    JavaSparkContext context = session.context();
    SharedVector parameters =
        SharedVector.of(context, model.parameters(), AverageSettings.Format.FLOAT32);
    RunDirectory run = new RunDirectory(storage, Storage.path("run.path", settings.run().path()));
    SharedTokenizers tokenizers =
        new SharedTokenizers(context, named, run::tokenizer, run.path().toString());
    try {
      ModelRecords records =
          new ModelRecords(settings, model.schema(), tokenizers, input.records(kept));
      PredictBatch batch =
          new PredictBatch(
              session,
              output,
              files,
              new PredictTask(UUID.randomUUID().toString(), records, parameters),
              RowEncoder.joinsSteps(settings, task)
                  ? Optional.of(new StepWindows(records, predict.everyStep()))
                  : Optional.empty(),
              columns,
              rows -> whole(input.unpacked(rows, kept), midi),
              predict,
              say);
      Result result =
          predict.stream()
              ? stream(input, kept, output, batch)
              : batch.run(input.table(kept), "part");
      output.succeed();
      return result;
    } finally {
      SharedVector.destroy(context, parameters);
      tokenizers.close();
    }
  }

  /** Only what was learnt of steps can be told by what a record of steps holds. */
  private void checkRecords() {
    if (settings.corpus().hasSteps() && model.schema().find(Column.HISTORY).isEmpty()) {
      throw new SettingsException(
          "Cannot predict with run %s: corpus.time-field is %s, which makes each record a step of a series, expected records that are rows as those that it was trained on. Set corpus.time-field to \"\", and name the fields of a row."
              .formatted(settings.run().path(), settings.corpus().timeField()));
    }
  }

  /** The column that texts go on from. */
  private Optional<String> prompt() {
    return Optional.of(settings.corpus().textField()).filter(any -> task.continuesText());
  }

  /** The files of the tokenizers of what is read and written, by the names of the columns. */
  private Map<String, String> tokenizers() {
    Schema schema = model.schema();
    Map<String, String> files = new TreeMap<>();
    Stream.concat(task.inputs().stream(), task.writes().stream())
        .filter(name -> schema.find(name).map(Column::kind).equals(Optional.of(Column.Kind.IDS)))
        .forEach(name -> files.put(name, schema.tokenizer(name).orElseThrow(this::untold)));
    return files;
  }

  private SettingsException untold() {
    return new SettingsException(
        "Cannot predict with run %s: it was trained on ids without a tokenizer, expected one. Choose another run.path."
            .formatted(settings.run().path()));
  }

  private void check(Set<String> fields, StructType kept) {
    List<String> there = Arrays.asList(kept.fieldNames());
    for (String field : fields) {
      if (!there.contains(field)) {
        throw new SettingsException(
            "Cannot predict rows of %s: they have no column %s, their columns are %s. Set %s."
                .formatted(
                    files.get(0),
                    field,
                    String.join(", ", there),
                    settings.corpus().fields().get(field)));
      }
    }
  }

  /** What decides the bytes of the predictions, in a few. */
  private String made() {
    List<String> parts = new ArrayList<>();
    Settings deciding = SettingsFile.with(settings, SettingsFile.defaults(), UNREAD);
    parts.add(SettingsFile.write(deciding));
    parts.add(model.checkpoint().parts().get(CheckpointFile.MODEL).name());
    parts.add(Checksums.sha256(SchemaFile.write(model.schema())));
    parts.add(session.context().version());
    if (!predict.stream()) {
      for (CorpusFile file : files) {
        long changed = storage.status(file.path()).getModificationTime();
        parts.add("%s %d %d".formatted(file, file.length(), changed));
      }
    }
    return Checksums.sha256(String.join("\n", parts).getBytes(StandardCharsets.UTF_8));
  }

  private static Dataset<Row> whole(Dataset<Row> rows, Optional<MidiColumn> midi) {
    return midi.map(column -> column.add(rows)).orElse(rows);
  }

  private Result stream(
      InputRows input, StructType kept, OutputDirectory output, PredictBatch batch) {
    List<Result> results = new ArrayList<>();
    VoidFunction2<Dataset<Row>, Long> each =
        (rows, number) -> results.add(batch.run(rows, "part-%05d".formatted(number)));
    try {
      StreamingQuery query =
          input.stream(predict.paths().get(0), kept)
              .writeStream()
              .trigger(Trigger.AvailableNow())
              .option("checkpointLocation", output.checkpoint().toString())
              .foreachBatch(each)
              .start();
      query.awaitTermination();
    } catch (StreamingQueryException | TimeoutException e) {
      throw new ChoraleException(
          "Cannot predict the stream %s: %s, expected it to end. Run the command again."
              .formatted(predict.paths().get(0), ChoraleException.readable(e.getMessage())),
          e);
    }
    return results.stream().reduce(new Result(0, Map.of(), 0), Result::plus);
  }
}
