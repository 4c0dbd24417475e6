package io.chorale.jobs.tokenize;

import io.chorale.config.CorpusSettings;
import io.chorale.config.Settings;
import io.chorale.config.SettingsException;
import io.chorale.corpus.CorpusEntry;
import io.chorale.corpus.Document;
import io.chorale.corpus.Field;
import io.chorale.corpus.RecordChecker;
import io.chorale.corpus.Rejection;
import io.chorale.data.Column;
import io.chorale.data.Numbers;
import io.chorale.data.Row;
import io.chorale.data.Schema;
import io.chorale.data.TimeStep;
import io.chorale.data.Values;
import io.chorale.jobs.spark.SharedTokenizer;
import io.chorale.jobs.spark.SharedTokenizers;
import io.chorale.task.RowModel;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Makes rows for a model that is there already, of records and by the rules by which a dataset is
 * made, without the columns that the model predicts. For one thread at a time.
 */
public final class RowEncoder {
  private final RecordChecker checker;
  private final ColumnFacts facts;
  private final RowModel model;
  private final Schema schema;
  private final boolean joinsSteps;
  private final List<ColumnEncoder> encoders = new ArrayList<>();
  private final Optional<SharedTokenizer> asks; // by whose template answers are asked for

  /** A row, a part of one, or why there is none. */
  public sealed interface Encoded {}

  /** A row with all columns that the task needs. */
  public record Made(Row row) implements Encoded {}

  /**
   * A record that is the last step of a row: those before it in its series are other records.
   *
   * @param group the name of the series; empty where all steps are of one
   * @param row the step, with its time
   */
  public record Step(String group, Row row) implements Encoded {
    /** Its time, in milliseconds since 1970. */
    public long time() {
      return TimeStep.time(row.cell(Document.TIME));
    }

    /** Its numbers as the model reads them, by channel. */
    public Numbers values() {
      return (Numbers) row.cell(Column.SERIES);
    }

    /**
     * The row of which it is the last step.
     *
     * @param values of all steps [T, C], as {@link #values()} has those of one
     */
    public Row after(float[] values) {
      Map<String, Values> cells = new HashMap<>(row.cells());
      cells.put(Column.SERIES, Numbers.of(values().size(), values));
      return new Row(cells);
    }
  }

  /**
   * A record that is no row.
   *
   * @param reason such as {@code bad-series (NaN at 3)}
   */
  public record Refused(String reason) implements Encoded {}

  /**
   * An encoder of what a model reads.
   *
   * @param schema of the dataset that the model was trained on
   * @param tokenizers of the columns of text that it predicts from
   */
  public RowEncoder(Settings settings, RowModel model, Schema schema, SharedTokenizers tokenizers) {
    this.schema = schema;
    // Where every word has its tag, a text is cut into words, and no id ends it.
    boolean tagged = schema.find(Column.TAGS).isPresent();
    int channels = size(Column.Kind.SERIES);
    facts =
        new ColumnFacts(
            byWord(model, tokenizers), List.of(), List.of(), size(Column.Kind.VECTOR), channels);
    this.model = model;
    joinsSteps = joinsSteps(settings, model);
    Set<String> read = new HashSet<>(model.inputs());
    if (!fieldsOfSteps(settings, model).isEmpty()) {
      read.add(Document.GROUP);
    }
    checker = new RecordChecker(settings.corpus(), read, tagged, channels);
    asks = asks(settings, model, schema, tokenizers);
    for (Column column : columns(model, schema)) {
      if (asks.isPresent() && column.name().equals(Column.TEXT)) {
        continue;
      }
      String name = column.name();
      encoders.add(
          column.kind() == Column.Kind.IDS
              ? ColumnEncoder.ofText(name, around(model, tagged), tokenizers)
              : new ColumnEncoder.OfNumbers(column));
    }
  }

  /**
   * The tokenizer by whose template a model that goes on from texts is asked for answers, where it
   * has learned such, or messages are given.
   */
  private static Optional<SharedTokenizer> asks(
      Settings settings, RowModel model, Schema schema, SharedTokenizers tokenizers) {
    boolean messages = settings.corpus().textType() == CorpusSettings.TextType.MESSAGES;
    if (!model.continuesText() || !messages && schema.find(Column.ANSWER).isEmpty()) {
      return Optional.empty();
    }
    Optional<SharedTokenizer> found =
        tokenizers.of(Column.TEXT).filter(known -> known.get().chatTemplate().isPresent());
    if (found.isEmpty()) {
      throw new SettingsException(
          "Cannot read messages with run %s: its tokenizer has no chat template, expected one. Set corpus.text-type: plain, or train on conversations."
              .formatted(settings.run().path()));
    }
    return found;
  }

  private static ColumnEncoder.Around around(RowModel model, boolean tagged) {
    if (model.beginsTexts()) {
      return ColumnEncoder.Around.BEGIN;
    }
    return tagged || model.continuesText()
        ? ColumnEncoder.Around.NOTHING
        : ColumnEncoder.Around.END;
  }

  private static Set<String> byWord(RowModel model, SharedTokenizers tokenizers) {
    return model.inputs().stream()
        .filter(
            column ->
                tokenizers.of(column).filter(known -> known.get().words().isPresent()).isPresent())
        .collect(Collectors.toUnmodifiableSet());
  }

  /** The columns of the dataset that a task predicts from; it may also ask for a time. */
  private static List<Column> columns(RowModel model, Schema schema) {
    return model.inputs().stream()
        .filter(name -> !name.equals(Document.TIME))
        .map(schema::column)
        .toList();
  }

  private int size(Column.Kind kind) {
    return schema.columns().stream()
        .filter(column -> column.kind() == kind)
        .mapToInt(Column::size)
        .findFirst()
        .orElse(0);
  }

  /**
   * The fields that are read of a record.
   *
   * @param verb what is done with rows, for messages: {@code predict}
   * @throws SettingsException where the settings do not name one that the task needs
   */
  public static Set<String> fields(Settings settings, RowModel model, String verb) {
    Set<String> fields = new LinkedHashSet<>();
    if (settings.corpus().hasSteps()) {
      settings.corpus().checkSteps();
      fields.add(settings.corpus().timeField());
      fields.addAll(settings.corpus().valueFields());
      return fields;
    }
    for (String column : model.inputs()) {
      String key = "corpus.%s-field%s".formatted(column, column.equals(Document.VECTOR) ? "s" : "");
      List<String> named =
          settings.corpus().fields().entrySet().stream()
              .filter(field -> field.getValue().equals(key))
              .map(Map.Entry::getKey)
              .toList();
      if (named.isEmpty()) {
        throw new SettingsException(
            "Cannot %s rows with run %s: %s is empty, expected the field that its column %s is made of. Set it."
                .formatted(verb, settings.run().path(), key, column));
      }
      fields.addAll(named);
    }
    return fields;
  }

  /**
   * Whether a record may be one {@linkplain Step step} of the many that a task predicts from. Such
   * a task asks for times.
   */
  public static boolean joinsSteps(Settings settings, RowModel model) {
    return settings.corpus().hasSteps()
        && model.inputs().contains(Document.TIME)
        && model.longest() > 1;
  }

  /** The fields that are read of a record beside {@link #fields} where it is a step. */
  public static Set<String> fieldsOfSteps(Settings settings, RowModel model) {
    String group = settings.corpus().groupField();
    return joinsSteps(settings, model) && !group.isEmpty() ? Set.of(group) : Set.of();
  }

  /**
   * The row of a record.
   *
   * @param values by the names of the fields, as {@link RecordChecker#check} takes them
   */
  public Encoded encode(Map<String, ?> values) {
    return encode(checker.check(values));
  }

  /** The row of a line of JSON in UTF-8. */
  public Encoded encodeJson(byte[] bytes, int from, int count) {
    return encode(checker.checkJson(bytes, from, count));
  }

  private Encoded encode(CorpusEntry found) {
    CorpusEntry entry = found instanceof Document document ? facts.checked(document) : found;
    if (entry instanceof Rejection rejection) {
      return new Refused(RecordChecker.reason(rejection));
    }
    Document document = (Document) entry;
    Map<String, Values> cells = new HashMap<>();
    if (asks.isPresent()) {
      try {
        Field text = document.field(Document.TEXT);
        cells.put(Column.TEXT, ConversationEncoder.prompt(asks.get(), text));
      } catch (ConversationEncoder.UnfitException e) {
        return new Refused(RecordChecker.reason(e.rejection(document)));
      }
    }
    for (ColumnEncoder encoder : encoders) {
      Values cell = encoder.encode(document.field(encoder.name()));
      cells.put(encoder.name(), schema.facts(encoder.name()).scaled(cell));
    }
    if (document.fields().get(Document.TIME) instanceof Field.Moment moment) {
      cells.put(Document.TIME, TimeStep.cell(moment.millis()));
    }
    Row row = new Row(cells);
    if (joinsSteps && row.cell(Column.SERIES).length() == 1) {
      Field group = document.fields().get(Document.GROUP);
      return new Step(group == null ? "" : group.toString(), row);
    }
    return model.unfit(row).<Encoded>map(Refused::new).orElseGet(() -> new Made(row));
  }
}
