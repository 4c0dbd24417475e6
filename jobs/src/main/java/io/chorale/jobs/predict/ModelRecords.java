package io.chorale.jobs.predict;

import io.chorale.config.Settings;
import io.chorale.data.Column;
import io.chorale.data.Schema;
import io.chorale.data.SchemaFile;
import io.chorale.data.TimeStep;
import io.chorale.jobs.spark.SentSettings;
import io.chorale.jobs.spark.SharedTokenizer;
import io.chorale.jobs.spark.SharedTokenizers;
import io.chorale.jobs.tokenize.RowEncoder;
import io.chorale.task.RowModel;
import io.chorale.token.Tokenizer;
import java.io.Serializable;
import java.util.Optional;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.StructType;

/** How a model reads the records of the input, as tasks on executors know it. */
final class ModelRecords implements Serializable {
  private static final long serialVersionUID = 1L;

  private final RowsUse use;
  private final SentSettings settings;
  private final byte[] schema;
  private final SharedTokenizers tokenizers;
  private final Records records;

  /**
   * Records for a model.
   *
   * @param use what is made of them
   * @param schema of what it was trained on
   * @param tokenizers of the columns of text that are read and written
   * @param records what becomes of the records of the input
   */
  ModelRecords(
      RowsUse use, Settings settings, Schema schema, SharedTokenizers tokenizers, Records records) {
    this.use = use;
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

  private ModelRecords(RowsUse use, ModelRecords records) {
    this.use = use;
    this.settings = records.settings;
    this.schema = records.schema;
    this.tokenizers = records.tokenizers;
    this.records = records.records;
  }

  /** The same records, of which something else is made. */
  ModelRecords with(RowsUse other) {
    return new ModelRecords(other, this);
  }

  /** What is made of them. */
  RowsUse use() {
    return use;
  }

  /** Opens the model, with the tokenizer of the texts that it writes. */
  RowModel model() {
    Settings settings = settings();
    Schema schema = schema();
    Optional<Tokenizer> written =
        use.writes(settings, schema).flatMap(tokenizers::of).map(SharedTokenizer::get);
    return use.model(settings, schema, written);
  }

  /** An encoder of the records, for one thread. */
  RowEncoder encoder(RowModel model) {
    return new RowEncoder(settings(), model, schema(), tokenizers);
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
