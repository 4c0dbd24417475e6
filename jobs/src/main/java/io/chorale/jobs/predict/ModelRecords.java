package io.chorale.jobs.predict;

import io.chorale.config.Settings;
import io.chorale.data.Column;
import io.chorale.data.Schema;
import io.chorale.data.SchemaFile;
import io.chorale.data.TimeStep;
import io.chorale.jobs.spark.SentSettings;
import io.chorale.jobs.spark.SharedTokenizers;
import io.chorale.jobs.tokenize.RowEncoder;
import io.chorale.task.Task;
import java.io.Serializable;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.StructType;

/** How a model reads the records of the input, as tasks on executors know it. */
final class ModelRecords implements Serializable {
  private static final long serialVersionUID = 1L;

  private final SentSettings settings;
  private final byte[] schema;
  private final SharedTokenizers tokenizers;
  private final Records records;

  /**
   * Records for a model.
   *
   * @param schema of the dataset that it was trained on
   * @param tokenizers of the columns of text that it reads and writes
   * @param records what becomes of the records of the input
   */
  ModelRecords(Settings settings, Schema schema, SharedTokenizers tokenizers, Records records) {
    this.settings = new SentSettings(settings);
    this.schema = SchemaFile.write(schema);
    this.tokenizers = tokenizers;
    this.records = records;
  }

  Settings settings() {
    return settings.get();
  }

  private Schema schema() {
    return SchemaFile.read(schema, SchemaFile.NAME);
  }

  /** The time between two steps of the series that the model has learnt. */
  TimeStep step() {
    return TimeStep.parse(schema().facts(Column.SERIES).step());
  }

  /** Opens the task of the model, with the tokenizer of the texts that it writes. */
  Task task() {
    Settings settings = settings();
    Task task = Task.of(settings, schema(), "run " + settings.run().path());
    return task.writes()
        .flatMap(tokenizers::of)
        .map(known -> task.writing(known.get()))
        .orElse(task);
  }

  /** An encoder of the records, for one thread. */
  RowEncoder encoder(Task task) {
    return new RowEncoder(settings(), task, schema(), tokenizers);
  }

  /** Encodes a record as the row that the model predicts from. */
  RowEncoder.Encoded encode(Row record, RowEncoder encoder) {
    return records.encode(record, encoder);
  }

  /** The columns that go on into the output as they are. */
  StructType carried() {
    return records.carried();
  }

  /** The values of these columns. */
  Object[] values(Row record) {
    return records.values(record);
  }
}
