package io.chorale.corpus;

import io.chorale.config.CorpusSettings;
import java.io.IOException;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/**
 * Decides whether a record is a document, or why not, whatever its file is. Not thread-safe: one
 * for each task.
 */
final class DocumentChecker {
  private final CorpusSettings settings;
  private final Set<String> columns;
  private final boolean cutsWords;
  private final boolean answered; // whether messages must have an answer
  private final JsonFields json;
  private final FieldReader values;
  private final ConversationReader conversations;
  private final SeriesReader series;

  /** Reads the steps that a record holds. */
  private interface SeriesReader {
    Field.Numbers read(RawRecord record) throws Unfit;
  }

  /** Checks by the settings' limits and names of fields. */
  DocumentChecker(CorpusSettings settings) {
    this.settings = settings;
    this.columns = named(settings);
    this.answered = true;
    this.cutsWords = !settings.tagsField().isEmpty();
    this.json = new JsonFields(settings);
    this.values = new FieldReader(settings);
    this.conversations = new ConversationReader(values);
    this.series =
        record -> values.numbers(record, settings.valueFields(), Rejection.Reason.BAD_SERIES);
  }

  /**
   * Checks some of the fields that the settings name. A record of steps may have many of them:
   * lists of values, and the time of the last.
   *
   * @param columns that a document has
   * @param cutsWords whether a text is cut into words
   * @param channels numbers of a step; 0 where there are no steps
   */
  DocumentChecker(CorpusSettings settings, Set<String> columns, boolean cutsWords, int channels) {
    this.settings = settings;
    this.columns = Set.copyOf(columns);
    this.answered = false;
    this.cutsWords = cutsWords;
    this.json = new JsonFields(settings);
    this.values = new FieldReader(settings);
    this.conversations = new ConversationReader(values);
    this.series = record -> values.window(record, channels);
  }

  /** The columns for which the settings name fields. */
  private static Set<String> named(CorpusSettings settings) {
    Set<String> named = new HashSet<>();
    add(named, Document.TEXT, settings.textField());
    add(named, Document.ANSWER, settings.answerField());
    add(named, Document.TAGS, settings.tagsField());
    add(named, Document.SERIES, settings.seriesField());
    add(named, Document.VECTOR, String.join("", settings.vectorFields()));
    add(named, Document.TARGET, settings.targetField());
    add(named, Document.LABEL, settings.labelField());
    add(named, Document.TIME, settings.timeField());
    add(named, Document.GROUP, settings.groupField());
    return named;
  }

  private static void add(Set<String> named, String column, String field) {
    if (!field.isEmpty()) {
      named.add(column);
    }
  }

  /** Text in UTF-8 that is all of a document, as it stands in a text file. */
  CorpusEntry checkText(int file, long offset, byte[] bytes, int from, int count) {
    Map<String, Raw> text = Map.of(settings.textField(), new Raw.Encoded(bytes, from, count));
    return check(new RawRecord(file, offset, count, bytes, from, count, text));
  }

  /** A line of a JSON lines file. */
  CorpusEntry checkJson(int file, long offset, byte[] bytes, int from, int count) {
    RawRecord nothing = new RawRecord(file, offset, count, bytes, from, count, Map.of());
    String line = values.decode(bytes, from, count);
    if (line == null) {
      return nothing.rejected(Rejection.Reason.NOT_UTF8, "");
    }
    if (line.isBlank()) {
      return nothing.rejected(Rejection.Reason.EMPTY, "");
    }
    try {
      return check(new RawRecord(file, offset, count, bytes, from, count, json.read(line)));
    } catch (IOException e) {
      return nothing.rejected(Rejection.Reason.BAD_JSON, JsonFields.found(e));
    }
  }

  /** A record of any file. */
  CorpusEntry check(RawRecord record) {
    Map<String, Field> fields = new LinkedHashMap<>();
    try {
      long bytes = read(record, fields);
      return new Document(record.file(), record.offset(), bytes, fields);
    } catch (Unfit unfit) {
      if (unfit.shown != null) {
        Raw.Encoded shown = unfit.shown;
        return Rejection.of(
                record.file(),
                record.offset(),
                unfit.length,
                unfit.reason,
                shown.bytes(),
                shown.from(),
                shown.count())
            .because(unfit.getMessage());
      }
      if (fields.isEmpty()) {
        return record.rejected(unfit.reason, unfit.getMessage());
      }
      Document begun = new Document(record.file(), record.offset(), bytes(fields), fields);
      return Rejection.of(begun, unfit.reason, unfit.getMessage());
    }
  }

  /** Reads the fields one by one, the text first; returns the bytes of the document. */
  private long read(RawRecord record, Map<String, Field> fields) throws Unfit {
    return settings.hasSteps() ? readStep(record, fields) : readRow(record, fields);
  }

  private long readStep(RawRecord record, Map<String, Field> fields) throws Unfit {
    Raw time = record.value(settings.timeField());
    String text = time instanceof Raw.Scalar scalar ? scalar.text() : values.time(time);
    Field.Moment moment =
        Times.parse(text)
            .orElseThrow(
                () ->
                    new Unfit(
                        Rejection.Reason.BAD_TIME,
                        "\"%s\", expected a time".formatted(FieldReader.shown(text))));
    fields.put(Document.TIME, moment);
    Field.Numbers steps = series.read(record);
    fields.put(Document.SERIES, steps);
    // A record of many steps needs no name of the series that it is taken from.
    if (columns.contains(Document.GROUP) && steps.values().length == steps.size()) {
      Raw group = record.value(settings.groupField());
      fields.put(Document.GROUP, values.name(group, Rejection.Reason.NO_GROUP));
    }
    return bytes(fields);
  }

  private long readRow(RawRecord record, Map<String, Field> fields) throws Unfit {
    if (settings.hasAnswers()
        && (columns.contains(Document.ANSWER) || settings.answerField().isEmpty())) {
      fields.put(Document.TEXT, conversation(record));
    } else if (columns.contains(Document.TEXT)) {
      Field text = text(record);
      boolean cut = cutsWords && text instanceof Field.Text;
      fields.put(Document.TEXT, cut ? FieldReader.cut(text.toString()) : text);
    }
    if (columns.contains(Document.TAGS)) {
      int words = ((Field.Words) fields.get(Document.TEXT)).values().size();
      fields.put(Document.TAGS, values.tags(record.value(settings.tagsField()), words));
    }
    if (columns.contains(Document.SERIES)) {
      fields.put(Document.SERIES, values.series(record.value(settings.seriesField())));
    }
    if (columns.contains(Document.VECTOR)) {
      fields.put(
          Document.VECTOR,
          values.numbers(record, settings.vectorFields(), Rejection.Reason.BAD_VECTOR));
    }
    if (columns.contains(Document.TARGET)) {
      Raw target = record.value(settings.targetField());
      fields.put(
          Document.TARGET,
          values.text(target, Rejection.Reason.NO_TARGET, Rejection.Reason.NO_TARGET));
    }
    if (columns.contains(Document.LABEL)) {
      fields.put(Document.LABEL, values.label(record.value(settings.labelField())));
    }
    long bytes = bytes(fields);
    if (bytes > settings.maxDocumentBytes()) {
      throw new Unfit(
          Rejection.Reason.TOO_LONG, "its fields have %,d bytes together".formatted(bytes));
    }
    return bytes;
  }

  /** A prompt with its answer, or messages; these need none where it is to be predicted. */
  private Field conversation(RawRecord record) throws Unfit {
    Raw text = record.value(settings.textField());
    return settings.answerField().isEmpty()
        ? conversations.messages(text, answered)
        : conversations.pair(text, record.value(settings.answerField()));
  }

  /** The text; a blank one parts paragraphs, unless there is a target that it is missing for. */
  private Field text(RawRecord record) throws Unfit {
    Raw raw = record.value(settings.textField());
    try {
      return values.text(raw, Rejection.Reason.NO_TEXT, Rejection.Reason.EMPTY);
    } catch (Unfit unfit) {
      throw unfit.reason == Rejection.Reason.EMPTY && hasTarget(record)
          ? new Unfit(Rejection.Reason.NO_TEXT, "blank, beside a target")
          : unfit;
    }
  }

  private boolean hasTarget(RawRecord record) {
    if (!columns.contains(Document.TARGET)) {
      return false;
    }
    Raw raw = record.value(settings.targetField());
    try {
      values.text(raw, Rejection.Reason.NO_TARGET, Rejection.Reason.EMPTY);
      return true;
    } catch (Unfit unfit) {
      return unfit.reason != Rejection.Reason.EMPTY && !(raw instanceof Raw.Nothing);
    }
  }

  /** Bytes of all that is no label. */
  private static long bytes(Map<String, Field> fields) {
    long bytes = 0;
    for (Map.Entry<String, Field> field : fields.entrySet()) {
      bytes += Document.isLabel(field.getKey()) ? 0 : field.getValue().bytes();
    }
    return bytes;
  }

  /** Text in UTF-8; null where the bytes are none. */
  String decode(byte[] bytes, int from, int count) {
    return values.decode(bytes, from, count);
  }
}
