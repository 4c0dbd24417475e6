package io.chorale.jobs.predict;

import io.chorale.checkpoint.TrainedModel;
import io.chorale.config.AverageSettings;
import io.chorale.config.ChoraleException;
import io.chorale.config.RowSettings;
import io.chorale.config.Settings;
import io.chorale.config.SettingsException;
import io.chorale.config.SettingsFile;
import io.chorale.corpus.Corpus;
import io.chorale.corpus.CorpusFile;
import io.chorale.data.Column;
import io.chorale.data.Schema;
import io.chorale.data.SchemaFile;
import io.chorale.embed.VectorSource;
import io.chorale.embed.WordTable;
import io.chorale.io.Checksums;
import io.chorale.io.Storage;
import io.chorale.jobs.embed.Searched;
import io.chorale.jobs.source.StructFields;
import io.chorale.jobs.spark.Session;
import io.chorale.jobs.spark.SharedTokenizers;
import io.chorale.jobs.spark.SharedVector;
import io.chorale.jobs.tokenize.RowEncoder;
import io.chorale.task.RowModel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
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
 * Puts the rows of files through a model, and writes them with what it makes of them, predictions
 * or vectors: once, or those of files that are new in a directory.
 */
public final class RowsJob {
  /** Sections of the settings that decide nothing about what is made of rows. */
  private static final Set<String> UNREAD =
      Set.of("run", "registry", "data", "tokenizer", "average", "evaluate", "query");

  private final Session session;
  private final Storage storage;
  private final Settings settings;
  private final RowsUse use;
  private final Words words;
  private final RowSettings told;
  private final RowsSource source;
  private final RowModel model;
  private final boolean overwrite;
  private final Consumer<String> say;
  private final List<CorpusFile> files;

  /**
   * What was done.
   *
   * @param rows of the input, all of which are in the output
   * @param refused of how many of them nothing was made, by reason
   * @param before how many earlier runs had done
   */
  public record Result(long rows, Map<String, Long> refused, long before) {
    /** Rows of which nothing was made. */
    public long refusedRows() {
      return refused.values().stream().mapToLong(Long::longValue).sum();
    }

    private Result plus(Result other) {
      Map<String, Long> all = new TreeMap<>(refused);
      other.refused.forEach((reason, count) -> all.merge(reason, count, Long::sum));
      return new Result(rows + other.rows, all, before + other.before);
    }
  }

  private RowsJob(
      RowsUse use,
      Session session,
      Storage storage,
      RowsSource source,
      boolean overwrite,
      Consumer<String> say) {
    this.use = use;
    this.words = use.words();
    this.session = session;
    this.storage = storage;
    this.settings = source.settings();
    this.told = use.told(settings);
    this.source = source;
    this.model = use.model(settings, source.schema(), Optional.empty());
    this.overwrite = overwrite;
    this.say = say;
    this.files = files();
  }

  /**
   * A job that writes rows with what the model's task predicts for them.
   *
   * @param overwrite whether predictions that are there already are deleted
   * @param say prints a line of progress
   * @throws SettingsException where there are no files, or the settings do not fit the model
   */
  public static RowsJob predicting(
      Session session,
      Storage storage,
      TrainedModel trained,
      boolean overwrite,
      Consumer<String> say) {
    RowsSource source = RowsSource.of(storage, trained);
    return new RowsJob(new Predictions(), session, storage, source, overwrite, say);
  }

  /**
   * A job that writes rows with the vectors that the model has of them.
   *
   * @param overwrite whether vectors that are there already are deleted
   * @param say prints a line of progress
   * @throws SettingsException where there are no files, or the settings do not fit the model
   */
  public static RowsJob embedding(
      Session session,
      Storage storage,
      TrainedModel trained,
      boolean overwrite,
      Consumer<String> say) {
    return new RowsJob(
        new Vectors(new VectorModel.States(), VectorMap.NONE),
        session,
        storage,
        RowsSource.of(storage, trained),
        overwrite,
        say);
  }

  /**
   * A job that writes rows with vectors that are made of those of their words.
   *
   * @param settings what to do, and how to read the rows
   * @param overwrite whether vectors that are there already are deleted
   * @param say prints a line of progress
   * @throws SettingsException where there are no files, or the settings do not fit the vectors
   */
  public static RowsJob embedding(
      Session session,
      Storage storage,
      Settings settings,
      VectorSource vectors,
      boolean overwrite,
      Consumer<String> say) {
    WordTable table = WordTable.of(vectors, settings.embed());
    int words = vectors.vectors().words().size();
    // Its sums run on the processor, wherever the settings let a model compute.
    Settings onProcessor = SettingsFile.with(settings, "train.device=cpu");
    return new RowsJob(
        new Vectors(
            new VectorModel.WordsOf(words, table.means().buckets(), vectors.vectors().size()),
            VectorMap.NONE),
        session,
        storage,
        RowsSource.of(vectors, table, onProcessor),
        overwrite,
        say);
  }

  /**
   * The rows with their vectors, to be searched; after {@link #run}, and only of a job that makes
   * vectors.
   *
   * @throws SettingsException where no row has a vector, or the model reads no text
   */
  public Searched searched() {
    OutputDirectory output = new OutputDirectory(storage, output(), told.written(), words);
    RowsUse learnt =
        use.learnt(
            settings,
            output,
            rows -> {
              throw new SettingsException(
                  "Cannot look for rows in %s: there is none, expected one. Choose other embed.paths."
                      .formatted(output));
            });
    return new SearchedRows(session, source, learnt, output.parts());
  }

  private List<CorpusFile> files() {
    String paths = words.key("paths");
    if (told.paths().isEmpty()) {
      throw new SettingsException(
          "Cannot %s rows: %s is empty, expected files, directories or globs. Set it."
              .formatted(words.verb(), paths));
    }
    if (told.stream() && told.paths().size() > 1) {
      throw new SettingsException(
          "Cannot %s a stream: %s names %d paths, expected one directory or glob. Leave the others out."
              .formatted(words.verb(), paths, told.paths().size()));
    }
    List<CorpusFile> found = Corpus.files(storage, settings.corpus(), told.paths(), paths);
    Path output = output();
    for (CorpusFile file : found) {
      if (storage.isIn(output, file.path())) {
        throw new SettingsException(
            "Cannot write %s %s: %s leads to %s inside it, expected files elsewhere. Choose another %s."
                .formatted(words.noun(), output, paths, file, words.key("output")));
      }
    }
    return found;
  }

  private Path output() {
    return Storage.path(words.key("output"), told.output());
  }

  /** Puts all rows through the model that have not been yet. */
  public Result run() {
    checkRecords();
    Set<String> fields = RowEncoder.fields(settings, model, words.verb());
    Map<String, String> named = tokenizers();
    Set<String> read = new HashSet<>(fields);
    read.addAll(RowEncoder.fieldsOfSteps(settings, model));
    InputRows input = new InputRows(words, storage, session.sql(), settings, files, read);
    OutputColumns columns = use.columns(settings, model);
    StructType found = input.columns();
    StructType written = columns.beside(found);
    Optional<MidiColumn> midi = use.midi(settings, model, columns, written);
    check(fields, found);
    OutputDirectory output = new OutputDirectory(storage, output(), told.written(), words);
    StructType kept = output.open(made(), found, source.name(), overwrite);
    JavaSparkContext context = session.context();
    SharedVector parameters =
        SharedVector.of(context, source.parameters(), AverageSettings.Format.FLOAT32);
    SharedTokenizers tokenizers = source.tokenizers().share(context, named);
    try {
      ModelRecords records =
          new ModelRecords(use, settings, source.schema(), tokenizers, input.records(kept));
      RowsBatch batch =
          new RowsBatch(
              session,
              output,
              files,
              new RowsTask(UUID.randomUUID().toString(), records, parameters),
              RowEncoder.joinsSteps(settings, model)
                  ? Optional.of(new StepWindows(records, settings.predict().everyStep()))
                  : Optional.empty(),
              columns,
              rows -> whole(input.unpacked(rows, kept), midi),
              words,
              told.written(),
              say);
      Result result =
          told.stream() ? stream(input, kept, output, batch) : batch.run(input.table(kept), "part");
      output.succeed();
      return result;
    } finally {
      SharedVector.destroy(context, parameters);
      tokenizers.close();
    }
  }

  /** Only what was learnt of steps can be told by what a record of steps holds. */
  private void checkRecords() {
    if (settings.corpus().hasSteps() && source.schema().find(Column.HISTORY).isEmpty()) {
      throw new SettingsException(
          "Cannot %s rows with run %s: corpus.time-field is %s, which makes each record a step of a series, expected records that are rows as those that it was trained on. Set corpus.time-field to \"\", and name the fields of a row."
              .formatted(words.verb(), settings.run().path(), settings.corpus().timeField()));
    }
  }

  /** The files of the tokenizers of what is read and written, by the names of the columns. */
  private Map<String, String> tokenizers() {
    Schema schema = source.schema();
    Map<String, String> files = new TreeMap<>();
    Stream.concat(model.inputs().stream(), use.writes(settings, schema).stream())
        .filter(name -> schema.find(name).map(Column::kind).equals(Optional.of(Column.Kind.IDS)))
        .forEach(name -> files.put(name, schema.tokenizer(name).orElseThrow(this::untold)));
    return files;
  }

  private SettingsException untold() {
    return new SettingsException(
        "Cannot %s rows with run %s: it was trained on ids without a tokenizer, expected one. Choose another run.path."
            .formatted(words.verb(), settings.run().path()));
  }

  private void check(Set<String> fields, StructType kept) {
    for (String field : fields) {
      if (StructFields.type(kept, field).isEmpty()) {
        throw new SettingsException(
            "Cannot %s rows of %s: they have no column %s, their columns are %s. Set %s."
                .formatted(
                    words.verb(),
                    files.get(0),
                    field,
                    String.join(", ", kept.fieldNames()),
                    settings.corpus().fields().get(field)));
      }
    }
  }

  /** What decides the bytes of the output, in a few. */
  private String made() {
    List<String> parts = new ArrayList<>();
    Set<String> unread = new HashSet<>(UNREAD);
    unread.addAll(use.unread());
    Settings deciding = SettingsFile.with(settings, SettingsFile.defaults(), unread);
    parts.add(SettingsFile.write(deciding));
    parts.add(source.fingerprint());
    parts.add(Checksums.sha256(SchemaFile.write(source.schema())));
    parts.add(session.context().version());
    if (!told.stream()) {
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

  private Result stream(InputRows input, StructType kept, OutputDirectory output, RowsBatch batch) {
    List<Result> results = new ArrayList<>();
    VoidFunction2<Dataset<Row>, Long> each =
        (rows, number) -> results.add(batch.run(rows, "part-%05d".formatted(number)));
    try {
      StreamingQuery query =
          input.stream(told.paths().get(0), kept)
              .writeStream()
              .trigger(Trigger.AvailableNow())
              .option("checkpointLocation", output.checkpoint().toString())
              .foreachBatch(each)
              .start();
      query.awaitTermination();
    } catch (StreamingQueryException | TimeoutException e) {
      throw new ChoraleException(
          "Cannot %s the stream %s: %s, expected it to end. Run the command again."
              .formatted(
                  words.verb(), told.paths().get(0), ChoraleException.readable(e.getMessage())),
          e);
    }
    return results.stream().reduce(new Result(0, Map.of(), 0), Result::plus);
  }
}
